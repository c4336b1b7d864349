import { describe, expect, it } from 'vitest';
import { generateKeyPair, publicKeyOf } from '../../src/adapters/ssh-key-pairs.ts';
import { deployKeyTitle } from '../../src/deploy-keys/deploy-key-title.ts';
import { provisionDeployKey } from '../../src/deploy-keys/provision-deploy-key.ts';
import { removeStaleDeployKeys } from '../../src/deploy-keys/remove-stale-deploy-keys.ts';
import { field, fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import { never, runningJob } from '../support/bootstrap-job.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { acme } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';
import { Crash } from '../support/faults.ts';

async function given() {
  const { fleet, job, operation } = await runningJob(createMemoryTable());
  fleet.kubernetes.set({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } });
  const provision = () => provisionDeployKey(job(), never);
  const keys = () => fleet.git.repository(acme).deployKeys;
  const end = () =>
    fleet.operations.end(operation.id, ['RUNNING'], { state: 'SUCCEEDED', at: fleet.clock.now().toISOString() });
  return { fleet, job, operation, provision, keys, end };
}

function secretText(fleet: Fleet, key: string): string {
  const value = field(fleet.kubernetes.find(fluxReferences.secret), 'data', key);
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString() : '';
}

type Cut =
  | readonly ['kubernetes', 'get' | 'create', 'before' | 'after']
  | readonly ['git', 'listDeployKeys' | 'addDeployKey', 'before' | 'after'];

function breakAt(fleet: Fleet, cut: Cut): void {
  const [port, method, when] = cut;
  if (port === 'git') fleet.faults.git.fail(method, { when });
  else fleet.faults.kubernetes.fail(method, { when });
}

/** One Secret, whose pair fits, and one key at the host, which is its public half and can only read. */
function expectOneKey(fleet: Fleet): void {
  const secrets = fleet.kubernetes.all().filter(({ kind }) => kind === 'Secret');
  expect(secrets).toHaveLength(1);
  const publicKey = publicKeyOf(secretText(fleet, 'identity'));
  expect(secretText(fleet, 'identity.pub').trim()).toBe(publicKey);
  expect(secretText(fleet, 'known_hosts')).toBe(fleet.git.knownHosts);
  expect(fleet.git.repository(acme).deployKeys).toMatchObject([{ publicKey, isReadOnly: true }]);
}

function putSecret(fleet: Fleet, data: Readonly<Record<string, string>>): void {
  const { apiVersion, kind, name, namespace } = fluxReferences.secret;
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  fleet.kubernetes.set({
    apiVersion,
    kind,
    metadata: { name, namespace },
    data: Object.fromEntries(encoded) as object,
  });
}

describe('a deploy key', () => {
  it('is made, kept in the Secret, registered read-only and read back', async () => {
    const { fleet, operation, provision, keys } = await given();

    const outcome = await provision();

    expectOneKey(fleet);
    const [key] = keys();
    expect(key?.title).toBe(deployKeyTitle(operation, key?.publicKey ?? ''));
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      evidence: { fingerprint: expect.stringMatching(/^SHA256:/) as unknown, deployKeyId: key?.id, isReadOnly: true },
    });
  });

  it('that is there already is left as it is', async () => {
    const { fleet, provision } = await given();
    const first = await provision();
    const writes = [...fleet.kubernetes.writes];

    const second = await provision();

    expectOneKey(fleet);
    expect(second).toMatchObject({ kind: 'skipped', value: first.kind === 'succeeded' ? first.value : 'failed' });
    expect(fleet.kubernetes.writes).toEqual(writes);
    expect(fleet.privateKeys).toHaveLength(1);
  });

  it('never leaves its private half in what the step answers', async () => {
    const { fleet, provision } = await given();

    const outcome = await provision();

    const body = fleet.privateKeys[0]?.split('\n')[1] ?? 'none';
    expect(body.length).toBeGreaterThan(20);
    expect(JSON.stringify(outcome)).not.toContain(body);
  });

  const cuts: readonly Cut[] = [
    ['kubernetes', 'get', 'after'],
    ['kubernetes', 'create', 'before'],
    ['kubernetes', 'create', 'after'],
    ['git', 'listDeployKeys', 'before'],
    ['git', 'addDeployKey', 'before'],
    ['git', 'addDeployKey', 'after'],
  ];
  it.each(cuts.map((cut) => ({ at: cut.join(' '), cut })))(
    'whose making was cut at $at is one key in the end',
    async ({ cut }) => {
      const { fleet, provision } = await given();
      breakAt(fleet, cut);

      await expect(provision()).rejects.toBeInstanceOf(Crash);
      await provision();

      expectOneKey(fleet);
    },
  );

  it('whose reading back was cut is one key in the end', async () => {
    const { fleet, provision } = await given();
    fleet.faults.git.onCall('addDeployKey', () => fleet.faults.git.fail('listDeployKeys', { when: 'before' }));

    await expect(provision()).rejects.toBeInstanceOf(Crash);
    await provision();

    expectOneKey(fleet);
  });

  it('is one key when two attempts run at once', async () => {
    const { fleet, provision } = await given();

    await Promise.allSettled([provision(), provision()]);
    await provision();

    expectOneKey(fleet);
  });

  it('that another one made in between is taken', async () => {
    const { fleet, provision } = await given();
    const pair = generateKeyPair();
    fleet.faults.kubernetes.onCall('create', () => {
      putSecret(fleet, {
        identity: pair.privateKeyPem,
        'identity.pub': pair.publicKey,
        known_hosts: fleet.git.knownHosts,
      });
    });

    await provision();

    expectOneKey(fleet);
    expect(secretText(fleet, 'identity')).toBe(pair.privateKeyPem);
  });

  it('of another repository, which the host takes once only, is renewed', async () => {
    const { fleet, provision } = await given();
    const pair = generateKeyPair();
    putSecret(fleet, { identity: pair.privateKeyPem, 'identity.pub': pair.publicKey, known_hosts: '' });
    const before = { id: '99', title: 'x', publicKey: pair.publicKey, isReadOnly: true };
    fleet.git.addRepository({ owner: 'acme', name: 'before' }).deployKeys.push(before);

    const outcome = await provision();

    expect(outcome.kind).toBe('succeeded');
    expectOneKey(fleet);
    expect(secretText(fleet, 'identity')).not.toBe(pair.privateKeyPem);
    expect(fleet.git.repository({ owner: 'acme', name: 'before' }).deployKeys).toEqual([before]);
  });

  it.each(['before', 'after'] as const)(
    'whose renewal was cut %s its Secret was written is one key in the end',
    async (when) => {
      const { fleet, provision } = await given();
      const pair = generateKeyPair();
      putSecret(fleet, {
        identity: pair.privateKeyPem,
        'identity.pub': pair.publicKey,
        known_hosts: fleet.git.knownHosts,
      });
      const key = { id: '99', title: 'x', publicKey: pair.publicKey, isReadOnly: true };
      fleet.git.addRepository({ owner: 'acme', name: 'before' }).deployKeys.push(key);
      fleet.faults.kubernetes.fail('patch', { when });

      await expect(provision()).rejects.toBeInstanceOf(Crash);
      await provision();

      expectOneKey(fleet);
    },
  );

  describe('of an operation that has ended meanwhile', () => {
    const before = { owner: 'acme', name: 'before' };

    it('is not written over the newer one, nor registered', async () => {
      const { fleet, end, provision, keys } = await given();
      const pair = generateKeyPair();
      const newer = { identity: pair.privateKeyPem, 'identity.pub': pair.publicKey, known_hosts: 'of another host' };
      putSecret(fleet, newer);
      await end();

      const outcome = await provision();

      expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'claim-lost' } });
      expect(secretText(fleet, 'known_hosts')).toBe('of another host');
      expect(keys()).toEqual([]);
    });

    it('is not renewed, which a newer one may read another repository with', async () => {
      const { fleet, end, provision, keys } = await given();
      const { privateKeyPem, publicKey } = generateKeyPair();
      putSecret(fleet, { identity: privateKeyPem, 'identity.pub': publicKey, known_hosts: fleet.git.knownHosts });
      fleet.git.addRepository(before);
      fleet.faults.git.onCall('addDeployKey', async () => {
        fleet.git.repository(before).deployKeys.push({ id: '99', title: 'x', publicKey, isReadOnly: true });
        await end();
      });

      const outcome = await provision();

      expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'claim-lost' } });
      expect(secretText(fleet, 'identity')).toBe(privateKeyPem);
      expect(keys()).toEqual([]);
    });
  });

  it('learns the host keys that were pinned since', async () => {
    const { fleet, provision } = await given();
    await provision();
    fleet.git.knownHosts = 'git.example ssh-ed25519 BBBB\n';

    await provision();

    expectOneKey(fleet);
    expect(fleet.privateKeys).toHaveLength(1);
  });

  it('that can write is refused, and left', async () => {
    const { provision, keys } = await given();
    await provision();
    const [key] = keys();
    if (key) keys().splice(0, 1, { ...key, isReadOnly: false });

    const outcome = await provision();

    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'secret-not-ours' } });
    expect(keys()).toMatchObject([{ isReadOnly: false }]);
  });

  it('that the host takes not at all is refused with its words', async () => {
    const { fleet, provision } = await given();
    fleet.git.repository(acme).allowsDeployKeys = false;

    expect(await provision()).toMatchObject({
      kind: 'refused',
      refusal: { code: 'deploy-keys-disabled', detail: 'deploy keys are off' },
    });
  });
});

describe('a Secret of somebody else', () => {
  const pair = generateKeyPair();
  it.each<[string, Record<string, string>]>([
    ['a password', { username: 'git', password: 'x' }],
    ['a token', { bearerToken: 'x' }],
    ['a GitHub App', { githubAppID: '1', githubAppPrivateKey: 'x' }],
    ['a key without its public half', { identity: pair.privateKeyPem }],
    ['a public key alone', { 'identity.pub': pair.publicKey }],
    ['nothing', {}],
    ['what is no key', { identity: 'x', 'identity.pub': 'ssh-rsa' }],
  ])('with %s is refused, and left byte for byte', async (_, data) => {
    const { fleet, provision, keys } = await given();
    putSecret(fleet, data);
    const before = fleet.kubernetes.find(fluxReferences.secret);

    const outcome = await provision();

    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'secret-not-ours' } });
    expect(fleet.kubernetes.find(fluxReferences.secret)).toEqual(before);
    expect(keys()).toEqual([]);
  });
});

describe('stale deploy keys', () => {
  it('are removed when they are of this cluster, and no others are', async () => {
    const { fleet, job, operation, provision, keys } = await given();
    await provision();
    const [own] = keys();
    const others = ['human', 'other cluster', 'other customer', 'prefix'];
    const titleOf = (owner: { customer: string; cluster: string }) =>
      deployKeyTitle(owner, generateKeyPair().publicKey);
    const titles = [
      'laptop',
      titleOf({ ...operation, cluster: 'staging' }),
      titleOf({ ...operation, customer: 'other' }),
    ];
    titles.push(titleOf({ ...operation, cluster: 'production-2' }));
    const foreign = others.map((id, n) => ({
      id,
      title: titles[n] ?? '',
      publicKey: generateKeyPair().publicKey,
      isReadOnly: true,
    }));
    const stale = { id: 'stale', title: titleOf(operation), publicKey: generateKeyPair().publicKey, isReadOnly: true };
    keys().push(stale, ...foreign);

    const kubernetes = fleet.kubernetes.connect();

    const outcome = await removeStaleDeployKeys(job(), kubernetes, never);

    expect(outcome).toEqual({ removed: [stale.title], missed: [] });
    expect(keys()).toEqual([own, ...foreign]);
  });

  it('are left when the Secret does not say which key counts', async () => {
    const { fleet, job, operation, keys } = await given();
    const { publicKey } = generateKeyPair();
    keys().push({ id: '1', title: deployKeyTitle(operation, publicKey), publicKey, isReadOnly: true });

    const kubernetes = fleet.kubernetes.connect();

    const { removed } = await removeStaleDeployKeys(job(), kubernetes, never);

    expect(removed).toEqual([]);
    expect(keys()).toHaveLength(1);
  });
});
