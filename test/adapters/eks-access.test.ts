import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { awsAttempts } from '../../src/adapters/aws-attempts.ts';
import { createEksAccess } from '../../src/adapters/eks-access.ts';
import type { EksAccessOptions } from '../../src/adapters/eks-access.ts';
import type { EksAccess, EksCluster } from '../../src/ports/eks-access.ts';
import type { KubernetesCluster } from '../../src/ports/kubernetes-cluster.ts';
import type { AwsSimulators } from '../support/aws-simulators.ts';
import { createAwsApp } from '../../sandbox/aws-app.ts';
import { provider, startAwsSimulators, trustPolicy } from '../support/aws-simulators.ts';
import { eksClusterBody, eksTarget as target } from '../support/eks-target.ts';
import { failureOf } from '../support/failures.ts';
import type { TestApiServer } from './kubernetes-test-server.ts';
import { reply, startTestApiServer } from './kubernetes-test-server.ts';

const clusterPath = 'clusters/111122223333/eu-west-1/production';
const adminPolicy = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

let aws: AwsSimulators;
let access: EksAccess;

beforeEach(async () => {
  aws = await startAwsSimulators();
  await aws.put(`principals/${provider.accessKeyId}`, { secretAccessKey: provider.secretAccessKey, arn: provider.arn });
  await aws.put('roles/111122223333/fleet-api', { trustPolicy: trustPolicy(target.externalId) });
  await aws.put(clusterPath, { ...eksClusterBody, createdAt: '2026-01-02T03:04:05Z' });
  access = makeAccess();
});

afterEach(() => aws.stop());

function makeAccess(options: EksAccessOptions = {}): EksAccess {
  const { accessKeyId, secretAccessKey } = provider;
  return createEksAccess({
    credentials: { accessKeyId, secretAccessKey },
    stsEndpoint: aws.url,
    eksEndpoint: aws.url,
    propagationPauseMs: 1,
    ...options,
  });
}

function signal(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

function calls(action: string): number {
  return aws.world.trail.filter((entry) => entry.action === action).length;
}

describe('describeCluster', () => {
  it('reads all that EKS says of a cluster', async () => {
    const described = await access.describeCluster(target, signal());

    expect(described).toEqual({
      kind: 'described',
      cluster: {
        arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/production',
        status: 'ACTIVE',
        kubernetesVersion: '1.36',
        endpoint: 'https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com',
        certificateAuthority: Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64'),
        createdAt: '2026-01-02T03:04:05.000Z',
        hasPublicEndpoint: true,
        authenticationMode: 'API',
      },
    });
  });

  it('fails as unauthenticated, without words of AWS, when our own credentials are not accepted', async () => {
    const wrong = makeAccess({ credentials: { accessKeyId: provider.accessKeyId, secretAccessKey: 'wrong' } });

    const error = await failureOf(wrong.describeCluster(target, signal()));

    expect(error).toMatchObject({ system: 'sts', failure: 'unauthenticated', answer: 'SignatureDoesNotMatch' });
    expect(error.retryable).toBe(false);
  });

  it('fails as unreachable when nothing listens', async () => {
    const nowhere = makeAccess({ eksEndpoint: 'http://127.0.0.1:1' });

    expect(await failureOf(nowhere.describeCluster(target, signal()))).toMatchObject({
      system: 'eks',
      failure: 'unreachable',
      retryable: true,
    });
  });

  it.each([
    [
      { action: 'sts:AssumeRole', status: 400, code: 'Throttling' },
      { system: 'sts', failure: 'throttled' },
    ],
    [
      { action: 'eks:DescribeCluster', status: 429, code: 'ThrottlingException' },
      { system: 'eks', failure: 'throttled' },
    ],
    [
      { action: 'eks:*', status: 500, code: 'ServerException' },
      { system: 'eks', failure: 'server-error' },
    ],
    [
      { action: 'eks:*', status: 400, code: 'ClientException' },
      { system: 'eks', failure: 'rejected' },
    ],
  ])('gives up on %o after bounded tries', async ({ action, status, code }, expected) => {
    await aws.put('faults', [{ action, times: 10, error: { status, code } }]);

    const error = await failureOf(access.describeCluster(target, signal()));

    expect(error).toMatchObject({ ...expected, status });
    const left = aws.world.faults[0]?.times ?? 0;
    expect(10 - left).toBe(expected.failure === 'rejected' ? 1 : awsAttempts);
  });

  it('ends with a timeout as soon as the caller gives up', async () => {
    await aws.put('faults', [{ action: 'eks:DescribeCluster', times: 1, delayMilliseconds: 3000 }]);
    const start = performance.now();

    const error = await failureOf(access.describeCluster(target, AbortSignal.timeout(150)));

    expect(error.failure).toBe('timeout');
    expect(performance.now() - start).toBeLessThan(1500);
  });
});

describe('sessions', () => {
  it('assumes the role once for calls at one moment and for later ones', async () => {
    await Promise.all([1, 2, 3].map(() => access.describeCluster(target, signal())));
    await access.describeCluster(target, signal());

    expect(calls('sts:AssumeRole')).toBe(1);
    expect(calls('eks:DescribeCluster')).toBe(4);
  });

  it.each([
    ['ExternalId', { externalId: 'globex-000000' }],
    ['region', { region: 'us-east-1' }],
    ['cluster', { eksName: 'staging' }],
  ])('never shares a session with another %s', async (_, change) => {
    await access.describeCluster(target, signal());
    await access.describeCluster({ ...target, ...change }, signal());

    expect(calls('sts:AssumeRole')).toBe(2);
  });

  it('is replaced five minutes before it ends', async () => {
    let now = Date.now();
    access = makeAccess({ now: () => new Date(now) });
    // AWS's time goes on with ours; the SDK's is what it learns from the answers.
    Object.assign(aws.world, { now: () => new Date(now) });
    await access.describeCluster(target, signal());

    now += 54 * 60_000;
    await access.describeCluster(target, signal());
    expect(calls('sts:AssumeRole')).toBe(1);
    now += 2 * 60_000;
    await access.describeCluster(target, signal());
    expect(calls('sts:AssumeRole')).toBe(2);
  });

  it('is replaced once when EKS refuses it', async () => {
    await access.describeCluster(target, signal());
    aws.world.sessions.clear();

    expect(await access.describeCluster(target, signal())).toMatchObject({ kind: 'described' });
    expect(calls('sts:AssumeRole')).toBe(2);
  });

  it('tries again after a refusal: nothing of it is kept', async () => {
    await aws.put('roles/111122223333/fleet-api', { trustPolicy: trustPolicy('another-id') });
    expect(await access.describeCluster(target, signal())).toMatchObject({ kind: 'role-not-assumable' });

    await aws.put('roles/111122223333/fleet-api', { trustPolicy: trustPolicy(target.externalId) });
    expect(await access.describeCluster(target, signal())).toMatchObject({ kind: 'described' });
  });

  it('is narrowed to the one cluster, also where the role allows everything', async () => {
    await access.describeCluster(target, signal());

    const [session] = aws.world.sessions.values();
    expect(session?.sessionPolicy?.Statement.flatMap(({ Resource = [] }) => Resource)).toEqual([
      'arn:aws:eks:eu-west-1:111122223333:cluster/production',
      'arn:aws:eks:eu-west-1:111122223333:cluster/production',
      'arn:aws:eks:eu-west-1:111122223333:access-entry/production/*',
    ]);
    expect(session?.sessionName).toBe(target.sessionName);
  });

  it('goes on for the others when one of the callers gives up', async () => {
    await aws.put('faults', [{ action: 'sts:AssumeRole', times: 1, delayMilliseconds: 300 }]);

    const impatient = failureOf(access.describeCluster(target, AbortSignal.timeout(50)));
    const patient = access.describeCluster(target, signal());

    expect((await impatient).failure).toBe('timeout');
    expect(await patient).toMatchObject({ kind: 'described' });
    expect(calls('sts:AssumeRole')).toBe(1);
  });
});

describe('access entries', () => {
  const entriesPath = `${clusterPath}/access-entries`;

  it('waits while EKS does not know the entry that it has just made', async () => {
    const error = { status: 404, code: 'ResourceNotFoundException', message: 'principalArn could not be found' };
    await aws.put('faults', [{ action: 'eks:AssociateAccessPolicy', times: 3, error }]);

    expect(await access.ensureAccessEntry(target, signal())).toMatchObject({ kind: 'created' });
  });

  it.each([
    ['the entry', 'eks:DescribeAccessEntry'],
    ['its policies', 'eks:ListAssociatedAccessPolicies'],
    ['either', 'eks:*'],
  ])('ends with the same entry when EKS does not show yet what was made of %s', async (_, action) => {
    await access.ensureAccessEntry(target, signal());
    await aws.put('faults', [{ action, times: 4, isStale: true }]);

    const found = await access.findAccessEntry(target, signal());
    await access.ensureAccessEntry(target, signal());
    await aws.put('faults', []);

    expect(found.kind).toBe(action === 'eks:DescribeAccessEntry' ? 'present' : 'absent');
    const [cluster] = aws.world.clusters.values();
    expect([...(cluster?.accessEntries.keys() ?? [])]).toEqual([target.roleArn]);
    expect(cluster?.accessEntries.get(target.roleArn)?.policies).toMatchObject([{ policyArn: adminPolicy }]);
    expect(await access.findAccessEntry(target, signal())).toMatchObject({ kind: 'present' });
  });

  it('leaves the groups of an entry that EKS does not show yet', async () => {
    await aws.put(entriesPath, [{ principalArn: target.roleArn, kubernetesGroups: ['platform-admins'] }]);
    await aws.put('faults', [{ action: 'eks:DescribeAccessEntry', isStale: true }]);

    expect(await access.ensureAccessEntry(target, signal())).toMatchObject({ kind: 'created' });

    const [cluster] = aws.world.clusters.values();
    expect(cluster?.accessEntries.get(target.roleArn)).toMatchObject({
      kubernetesGroups: ['platform-admins'],
      policies: [{ policyArn: adminPolicy }],
    });
  });
});

describe('connect', () => {
  const cluster: EksCluster = {
    arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/production',
    status: 'ACTIVE',
    kubernetesVersion: '1.36',
    endpoint: undefined,
    certificateAuthority: Buffer.from('not read here').toString('base64'),
    createdAt: '2026-01-02T03:04:05.000Z',
    hasPublicEndpoint: true,
    authenticationMode: 'API',
  };

  it.each([
    ['no endpoint', undefined],
    ['an endpoint outside of EKS', 'https://169.254.169.254'],
    ['plain http', 'http://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com'],
  ])('refuses %s', (_, endpoint) => {
    expect(() => access.connect(target, { ...cluster, endpoint })).toThrow(
      expect.objectContaining({ system: 'eks', failure: 'rejected' }),
    );
  });

  it('refuses an endpoint without the authority of the cluster', () => {
    const endpoint = 'https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com';

    expect(() => access.connect(target, { ...cluster, endpoint, certificateAuthority: undefined })).toThrow(
      expect.objectContaining({ failure: 'rejected' }),
    );
  });

  describe('to an API server that answers', () => {
    let server: TestApiServer;
    let connected: KubernetesCluster;

    beforeEach(async () => {
      server = await startTestApiServer();
      server.answering = (_request, response) => reply(response, 200, { gitVersion: 'v1.36.3-eks-1234567' });
      access = makeAccess({ allowedEndpointHosts: ['127.0.0.1:*'] });
      const certificateAuthority = Buffer.from(server.certificate).toString('base64');
      connected = access.connect(target, { ...cluster, endpoint: server.endpoint, certificateAuthority });
    });

    afterEach(async () => {
      await connected.close();
      await server.stop();
    });

    function bearers(): readonly (string | undefined)[] {
      return server.calls().map(({ headers }) => headers.authorization);
    }

    it('brings a token for that cluster, minted with the first request and kept for the next', async () => {
      expect(calls('sts:AssumeRole')).toBe(0);

      expect(await connected.version(signal())).toBe('v1.36.3-eks-1234567');
      await connected.version(signal());

      const [first = '', second] = bearers();
      expect(second).toBe(first);
      const url = new URL(Buffer.from(first.replace('Bearer k8s-aws-v1.', ''), 'base64url').toString());
      expect(url.host).toBe('sts.eu-west-1.amazonaws.com');
      const headers = { host: url.host, 'x-k8s-aws-id': target.eksName, accept: 'application/json' };
      const identity = await createAwsApp(aws.world).request(url, { headers });
      expect(await identity.json()).toMatchObject({
        GetCallerIdentityResponse: {
          GetCallerIdentityResult: { Arn: 'arn:aws:sts::111122223333:assumed-role/fleet-api/fleet-api-acme' },
        },
      });
    });

    it('brings another token when the first is not accepted', async () => {
      server.answering = (_request, response) => {
        const isFirst = server.calls().length === 1;
        reply(response, isFirst ? 401 : 200, { gitVersion: 'v1.36.3' });
      };

      expect(await connected.version(signal())).toBe('v1.36.3');

      expect(new Set(bearers()).size).toBe(2);
    });

    it('fails as forbidden when the role can no longer be assumed', async () => {
      await aws.put('roles/111122223333/fleet-api', { trustPolicy: trustPolicy('another-id') });

      expect(await failureOf(connected.version(signal()))).toMatchObject({ system: 'sts', failure: 'forbidden' });
      expect(server.calls()).toEqual([]);
    });
  });
});
