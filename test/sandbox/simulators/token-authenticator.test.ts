import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { beforeEach, describe, expect, it } from 'vitest';
import { allowEverything, type AwsWorld, createAwsWorld, type Session } from '../../../sandbox/simulators/aws-world.ts';
import { createAwsControl } from '../../../sandbox/simulators/aws-control.ts';
import { createTokenAuthenticator } from '../../../sandbox/simulators/eks/token-authenticator.ts';
import { mintEksToken } from '../../../src/adapters/eks-token.ts';

const start = Date.parse('2026-11-23T12:34:56.000Z');
const cluster = { accountId: '111122223333', region: 'eu-west-1', name: 'production' };
const roleArn = 'arn:aws:iam::111122223333:role/teams/fleet-api';
const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
const admin = { policyArn, accessScope: { type: 'cluster' } };
const clusterPath = 'clusters/111122223333/eu-west-1/production';

let world: AwsWorld;
let nowMs: number;
let session: Session;
let authenticate: ReturnType<typeof createTokenAuthenticator>;

beforeEach(async () => {
  nowMs = start;
  world = createAwsWorld({ now: () => new Date(nowMs) });
  await put('roles/111122223333/fleet-api', { path: '/teams/', trustPolicy: allowEverything });
  await put(clusterPath, { version: '1.36' });
  await put(`${clusterPath}/access-entries`, [{ principalArn: roleArn, kubernetesGroups: ['ops'], policies: [admin] }]);
  session = addSession('fleet@acme');
  authenticate = createTokenAuthenticator({ aws: world, cluster });
});

async function put(path: string, body: unknown): Promise<void> {
  const method = 'PUT';
  const answer = await createAwsControl(world).request(`/_world/${path}`, { method, body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
}

function addSession(sessionName: string): Session {
  const one: Session = {
    ...{ accessKeyId: 'ASIAEXAMPLE000000000', secretAccessKey: 'secret', sessionToken: 'IQoJb3JpZ2luX2VjE+/==' },
    ...{ expiration: new Date(start + 3600_000), roleArn, roleId: world.roles.get(roleArn)?.roleId ?? '' },
    ...{ sessionName, sessionPolicy: undefined },
  };
  world.sessions.set(one.accessKeyId, one);
  return one;
}

async function mint(change: { readonly eksName?: string; readonly region?: string } = {}): Promise<string> {
  const request = { credentials: session, region: 'eu-west-1', eksName: 'production', now: new Date(nowMs), ...change };
  return (await mintEksToken(request)).token;
}

interface Presigned {
  readonly protocol?: string;
  /** With a port where there is one. */
  readonly host?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string | string[]>>;
  readonly expiresIn?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly behind?: string;
}

/** A token whose signature is right, whatever else is wrong with it. */
async function sign(change: Presigned = {}): Promise<string> {
  const { protocol = 'https:', host = 'sts.eu-west-1.amazonaws.com', path = '/', expiresIn = 60, behind = '' } = change;
  const { headers = { 'x-k8s-aws-id': 'production' } } = change;
  const query = { Action: 'GetCallerIdentity', Version: '2011-06-15', ...change.query };
  const signer = new SignatureV4({ credentials: session, region: 'eu-west-1', service: 'sts', sha256: Sha256 });
  const request = { method: 'GET', protocol, hostname: host, path, query, headers: { host, ...headers } };
  const presigned = await signer.presign(request, { expiresIn, signingDate: new Date(nowMs) });
  const pairs = Object.entries(presigned.query ?? {}).flatMap(([name, values]) =>
    [values ?? ''].flat().map((value) => `${name}=${encodeURIComponent(value)}`),
  );
  return tokenOf(`${protocol}//${host}${path}?${pairs.join('&')}${behind}`);
}

function tokenOf(url: string): string {
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
}

/** A token with its URL changed after it was signed. */
async function altered(change: (url: string) => string): Promise<string> {
  const url = Buffer.from((await mint()).slice('k8s-aws-v1.'.length), 'base64url').toString();
  const changed = change(url);
  expect(changed).not.toBe(url);
  return tokenOf(changed);
}

describe('a token of a role with an access entry', () => {
  it('stands for the name and the groups of its entry', async () => {
    expect(await authenticate(await mint())).toEqual({
      username: 'arn:aws:sts::111122223333:assumed-role/fleet-api/fleet-acme',
      groups: ['ops', 'eks-access-policy:AmazonEKSClusterAdminPolicy'],
    });
  });

  it('has the placeholders of the entry filled in', async () => {
    const username = '{{AccountID}}:{{SessionNameRaw}}:{{SessionName}}:{{AccessKeyID}}';
    await put(`${clusterPath}/access-entries`, [{ principalArn: roleArn, username }]);

    expect(await authenticate(await mint())).toEqual({
      username: `111122223333:fleet@acme:fleet-acme:${session.accessKeyId}`,
      groups: [],
    });
  });

  it('gets no group of a policy for some namespaces', async () => {
    const accessScope = { type: 'namespace', namespaces: ['apps'] };
    const policies = [{ policyArn, accessScope }];
    await put(`${clusterPath}/access-entries`, [{ principalArn: roleArn, policies }]);

    expect(await authenticate(await mint())).toMatchObject({ groups: [] });
  });

  it('is good for 15 minutes from its date, whatever it says of its expiry', async () => {
    const token = await mint();

    nowMs = start + 15 * 60_000;
    expect(await authenticate(token)).toBeDefined();
    nowMs += 1000;
    expect(await authenticate(token)).toBeUndefined();
  });

  it('is not good yet when its date lies more than 15 minutes ahead', async () => {
    const token = await mint();

    nowMs = start - 15 * 60_000;
    expect(await authenticate(token)).toBeDefined();
    nowMs -= 1000;
    expect(await authenticate(token)).toBeUndefined();
  });

  it('is refused once its session has ended', async () => {
    session = { ...session, expiration: new Date(start + 60_000) };
    world.sessions.set(session.accessKeyId, session);
    const token = await mint();
    nowMs = start + 60_000;

    expect(await authenticate(token)).toBeUndefined();
  });

  it('is refused without an entry, and where the cluster knows none', async () => {
    const token = await mint();

    await put(clusterPath, { version: '1.36', authenticationMode: 'CONFIG_MAP' });
    expect(await authenticate(token)).toBeUndefined();
    await put(clusterPath, { version: '1.36' });
    expect(await authenticate(token)).toBeDefined();
    await put(`${clusterPath}/access-entries`, []);
    expect(await authenticate(token)).toBeUndefined();
  });

  it('is refused when the role was made again after its entry', async () => {
    world.roles.delete(roleArn);
    await put('roles/111122223333/fleet-api', { path: '/teams/', trustPolicy: allowEverything });
    session = addSession('fleet');

    expect(await authenticate(await mint())).toBeUndefined();
  });

  it('is refused while STS does not answer', async () => {
    await put('faults', [{ action: 'sts:GetCallerIdentity', error: { status: 503, code: 'ServiceUnavailable' } }]);

    expect(await authenticate(await mint())).toBeUndefined();
    expect(await authenticate(await mint())).toBeDefined();
  });
});

describe('a token is refused when', () => {
  it('it was minted for another cluster, or for the STS of another region', async () => {
    expect(await authenticate(await mint({ eksName: 'staging' }))).toBeUndefined();
    expect(await authenticate(await mint({ region: 'eu-west-2' }))).toBeUndefined();
  });

  it('its secret is not the one of the session', async () => {
    session = { ...session, secretAccessKey: 'guessed' };

    expect(await authenticate(await mint())).toBeUndefined();
  });

  it.each<[string, Presigned]>([
    ['a parameter comes twice', { query: { Version: ['2011-06-15', '2011-06-15'] } }],
    ['a parameter comes twice, in another case', { query: { action: 'GetCallerIdentity' } }],
    ['there is a parameter that it does not need', { query: { DurationSeconds: '1' } }],
    ['it asks STS for something else', { query: { Action: 'GetSessionToken' } }],
    ['its host is not STS', { host: 'sts.eu-west-1.amazonaws.com.evil.io' }],
    ['its host has a port', { host: 'sts.eu-west-1.amazonaws.com:8443' }],
    ['it is not https', { protocol: 'http:' }],
    ['it has a path', { path: '/x' }],
    ['it has a fragment', { behind: '#x' }],
    ['its expiry is longer than 15 minutes', { expiresIn: 901 }],
    ['the cluster is not signed', { headers: {} }],
    ['another cluster is signed', { headers: { 'x-k8s-aws-id': 'staging' } }],
  ])('%s, although its signature is right', async (_, change) => {
    expect(await authenticate(await sign())).toBeDefined();
    expect(await authenticate(await sign(change))).toBeUndefined();
  });

  it('it is longer than 4,096 bytes, although its signature is right', async () => {
    const withSessionToken = (length: number) => {
      session = { ...session, sessionToken: 'x'.repeat(length) };
      world.sessions.set(session.accessKeyId, session);
      return sign();
    };
    const fits = await withSessionToken(2600);

    expect(fits.length).toBeLessThanOrEqual(4096);
    expect(await authenticate(fits)).toBeDefined();

    const tooLong = await withSessionToken(2720);
    expect(tooLong.length).toBeGreaterThan(4096);
    expect(await authenticate(tooLong)).toBeUndefined();
  });

  it.each<[string, (url: string) => string]>([
    ['its host comes behind a user', (url) => url.replace('https://', 'https://evil@')],
    ['its expiry is no number', (url) => url.replace('X-Amz-Expires=60', 'X-Amz-Expires=-1')],
    ['it has no date', (url) => url.replace(/&X-Amz-Date=\w+/, '')],
    ['it has another date than it was signed with', (url) => url.replace(/(X-Amz-Date=\w+)56Z/, '$157Z')],
    ['its signature is another one', (url) => url.replace(/(X-Amz-Signature=\w+)\w/, '$1g')],
  ])('%s', async (_, change) => {
    expect(await authenticate(await altered(change))).toBeUndefined();
  });

  it('it is not a token', async () => {
    const token = await mint();
    const texts = ['', 'k8s-aws-v1.', 'k8s-aws-v1.%%%', token.slice('k8s-aws-v1.'.length), `${token}=`, `${token} `];

    expect(await Promise.all(texts.map((text) => authenticate(text)))).toEqual(texts.map(() => undefined));
  });
});
