import { expect, test } from 'vitest';
import { hasHandledRequest, readinessOf } from '../../../../src/flux-bootstrap/reconciled.ts';
import { fakeGitServer, fakeGitUrl } from '../../../support/fake-git-server.ts';
import {
  configMap,
  deployment,
  fluxCluster,
  gitRepository,
  kustomization,
  secret,
  sourceReference,
} from '../../../support/flux-cluster.ts';

const checkout = 'failed to checkout and determine revision:';
const clone = `${checkout} unable to clone '${fakeGitUrl}':`;
const handshake = 'ssh: handshake failed:';

function withRepository() {
  const cluster = fluxCluster();
  const commit = cluster.git.push({ 'cluster/a.yaml': configMap('a') });
  return { ...cluster, commit };
}

test('stores the head of the branch that its key may read', () => {
  const cluster = withRepository();

  cluster.apply(gitRepository());

  const source = cluster.source();
  const stored = `stored artifact for revision 'main@sha1:${cluster.commit}'`;
  expect(readinessOf(source)).toEqual({ kind: 'ready' });
  expect(cluster.said(source)).toBe(`True Succeeded: ${stored}`);
  expect(cluster.said(source, 'ArtifactInStorage')).toBe(`True Succeeded: ${stored}`);
  expect(cluster.said(source, 'Reconciling')).toBeUndefined();
  expect(source?.metadata['finalizers']).toEqual(['finalizers.fluxcd.io']);
  expect(source?.['status']).toMatchObject({
    observedGeneration: 1,
    artifact: {
      revision: `main@sha1:${cluster.commit}`,
      path: `gitrepository/flux-system/flux-system/${cluster.commit}.tar.gz`,
      lastUpdateTime: '2026-03-01T12:00:00Z',
    },
  });
});

test.each([
  [
    'no deploy key of that kind',
    { identity: '-----BEGIN OPENSSH PRIVATE KEY-----\nother' },
    `${handshake} ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain`,
  ],
  ['another host key', { known_hosts: 'git.example ssh-ed25519 AAAAother' }, `${handshake} knownhosts: key mismatch`],
  ['no host key', { known_hosts: 'other.example ssh-ed25519 AAAAhost' }, `${handshake} knownhosts: key is unknown`],
])('is not ready with %s', (_, data, message) => {
  const cluster = withRepository();
  cluster.apply(secret(data));

  cluster.apply(gitRepository());

  expect(cluster.said(cluster.source())).toBe(`False GitOperationFailed: ${clone} ${message}`);
  expect(cluster.said(cluster.source(), 'FetchFailed')).toBe(`True GitOperationFailed: ${clone} ${message}`);
  expect(cluster.said(cluster.source(), 'Reconciling')).toBe('True ProgressingWithRetry: building artifact');
  expect(cluster.source()?.['status']).toMatchObject({ observedGeneration: -1 });
});

test.each([
  [
    'identity',
    "failed to configure authentication options: invalid 'ssh' auth option: 'identity' is required",
    'AuthenticationFailed',
  ],
  [
    'known_hosts',
    "failed to configure authentication options: invalid 'ssh' auth option: 'known_hosts' is required",
    'AuthenticationFailed',
  ],
])('asks for %s in the Secret before it calls anybody', (field, message, reason) => {
  const cluster = withRepository();
  cluster.apply(secret({ [field]: '' }, 'partial'));

  cluster.apply(gitRepository({ secretRef: { name: 'partial' } }));

  expect(cluster.said(cluster.source())).toBe(`False ${reason}: ${message}`);
  expect(cluster.git.fetches).toEqual([]);
});

test('names the Secret that is not there, and a key that is none', () => {
  const cluster = withRepository();
  cluster.apply(secret({ identity: 'hello' }, 'garbage'));

  cluster.apply(gitRepository({ secretRef: { name: 'nothere' } }, 'missing'));
  cluster.apply(gitRepository({ secretRef: { name: 'garbage' } }, 'garbage'));

  const failed = "failed to get secret 'flux-system/nothere':";
  expect(cluster.said(cluster.source('missing'))).toBe(
    `False AuthenticationFailed: ${failed} ${failed} secrets "nothere" not found`,
  );
  expect(cluster.said(cluster.source('garbage'))).toBe(
    `False GitOperationFailed: ${checkout} unable to construct auth method with options: ssh: no key found`,
  );
});

test('keeps its artifact when the key is taken from it, and says what it tried', () => {
  const cluster = withRepository();
  cluster.apply(gitRepository());
  cluster.git.keys.clear();

  cluster.ask(sourceReference, 'first');

  const source = cluster.source();
  expect(readinessOf(source)).toMatchObject({ kind: 'not-ready', reason: 'GitOperationFailed' });
  expect(cluster.said(source)).toContain(`${checkout} unable to list remote for '${fakeGitUrl}': ${handshake}`);
  expect(cluster.said(source, 'ArtifactInStorage')).toContain('True Succeeded');
  expect(source?.['status']).toMatchObject({ artifact: { revision: `main@sha1:${cluster.commit}` } });
  expect(hasHandledRequest(source)).toBe(true);
});

test('says that the branch is gone', () => {
  const cluster = withRepository();
  cluster.apply(gitRepository());
  cluster.git.branches.delete('main');

  cluster.pass(60_000);

  expect(cluster.said(cluster.source())).toBe(
    `False GitOperationFailed: ${clone} couldn't find remote ref "refs/heads/main"`,
  );
});

test('tries again, each time later, until it may read', () => {
  const cluster = withRepository();
  cluster.git.keys.clear();
  cluster.apply(gitRepository());
  const { fetches } = cluster.git;

  cluster.pass(749);
  expect(fetches).toHaveLength(1);
  cluster.pass(1);
  expect(fetches).toHaveLength(2);
  cluster.pass(1499);
  expect(fetches).toHaveLength(2);
  cluster.git.keys.add(fetches[0]?.privateKeyPem ?? '');
  cluster.pass(1);

  expect(readinessOf(cluster.source())).toEqual({ kind: 'ready' });
  expect(cluster.said(cluster.source(), 'FetchFailed')).toBeUndefined();
});

test('looks at the repository at its interval, and not at a push', () => {
  const cluster = withRepository();
  cluster.apply(gitRepository());
  const next = cluster.git.push({ 'cluster/b.yaml': configMap('b') });

  cluster.pass(59_999);
  expect(cluster.source()?.['status']).toMatchObject({ artifact: { revision: `main@sha1:${cluster.commit}` } });
  cluster.pass(1);

  expect(cluster.source()?.['status']).toMatchObject({ artifact: { revision: `main@sha1:${next}` } });
});

test('looks at once when it is asked to', () => {
  const cluster = withRepository();
  cluster.apply(gitRepository());
  const next = cluster.git.push({ 'cluster/b.yaml': configMap('b') });

  cluster.world.patchMetadata(sourceReference, { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } }, 'test');
  expect(hasHandledRequest(cluster.source())).toBe(false);
  cluster.settle();

  expect(hasHandledRequest(cluster.source())).toBe(true);
  expect(cluster.source()?.['status']).toMatchObject({ artifact: { revision: `main@sha1:${next}` } });
});

test('leaves a suspended one alone, but has heard the request', () => {
  const cluster = withRepository();
  cluster.apply(gitRepository({ suspend: true }));

  cluster.ask(sourceReference, 'now');

  expect(readinessOf(cluster.source())).toEqual({ kind: 'suspended' });
  expect(cluster.source()?.['status']).toEqual({ observedGeneration: -1, lastHandledReconcileAt: 'now' });
  expect(cluster.git.fetches).toEqual([]);
});

test('does nothing while its Deployment is not available, and all of it afterwards', () => {
  const cluster = withRepository();
  cluster.flux.stopController('source-controller');
  cluster.settle();
  cluster.apply(gitRepository());
  cluster.pass(600_000);
  expect(cluster.source()?.['status']).toBeUndefined();

  cluster.flux.startController('source-controller');
  cluster.settle();

  expect(readinessOf(cluster.source())).toEqual({ kind: 'ready' });
});

test('lets go of one that is deleted', () => {
  const cluster = withRepository();
  cluster.apply(gitRepository());

  cluster.world.delete(sourceReference, 'test');
  expect(cluster.source()?.metadata.deletionTimestamp).toBeDefined();
  cluster.settle();

  expect(cluster.source()).toBeUndefined();
});

test.each([
  ['spec.ref.tag', { ref: { tag: 'v1' } }],
  ['spec.verify', { verify: { mode: 'HEAD' } }],
  ['ssh:// only', { url: 'https://git.example/acme/infrastructure.git' }],
])('refuses what it does not know: %s', (words, spec) => {
  const cluster = withRepository();

  cluster.apply(gitRepository(spec));

  expect(cluster.said(cluster.source())).toContain('False GitOperationFailed: the simulator of Flux');
  expect(cluster.said(cluster.source())).toContain(words);
});

test('fetches again what went with its pod', () => {
  const git = fakeGitServer();
  const before = fluxCluster({ git });
  git.push({ 'cluster/a.yaml': configMap('a') });
  before.apply(gitRepository());

  const after = fluxCluster({ git, from: structuredClone(before.world.snapshot()) });

  expect(git.fetches).toHaveLength(2);
  expect(readinessOf(after.source())).toEqual({ kind: 'ready' });
  after.apply(kustomization());
  expect(readinessOf(after.sync())).toEqual({ kind: 'ready' });
});

test('a pod that goes takes the artifacts along, and nobody applies the same again for the new one', () => {
  const cluster = withRepository();
  cluster.apply(gitRepository(), kustomization());
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'source-controller', namespace: 'flux-system' };

  cluster.world.delete(reference, 'test');
  cluster.settle();
  cluster.apply(deployment('source-controller'));

  expect(cluster.git.fetches).toHaveLength(2);
  expect(readinessOf(cluster.source())).toEqual({ kind: 'ready' });
  expect(cluster.sync()?.['status']).toMatchObject({ history: [{ totalReconciliations: 1 }] });
  cluster.pass(600_000);
  expect(cluster.sync()?.['status']).toMatchObject({ history: [{ totalReconciliations: 2 }] });
});

test('writes nothing where nothing is new', () => {
  const cluster = withRepository();
  cluster.apply(gitRepository());
  const version = cluster.source()?.metadata.resourceVersion;

  cluster.pass(60_000);

  expect(cluster.git.fetches).toHaveLength(2);
  expect(cluster.source()?.metadata.resourceVersion).toBe(version);
});

test('a fault of the Git server passes', () => {
  const cluster = withRepository();
  cluster.flux.faults = [fault('flux:fetch')];

  cluster.apply(gitRepository());
  expect(cluster.said(cluster.source())).toBe(`False GitOperationFailed: ${clone} read: connection reset by peer`);
  cluster.pass(750);

  expect(readinessOf(cluster.source())).toEqual({ kind: 'ready' });
});

function fault(action: string) {
  return { action, times: 1, delayMilliseconds: 0, when: 'before', error: 'reset', isStale: false } as const;
}

test.each([
  ['remote repository is empty', 'False EmptyGitRepository: git repository is empty'],
  [
    'ssh: no key found',
    `False GitOperationFailed: ${checkout} unable to construct auth method with options: ssh: no key found`,
  ],
])('says what a Git server means by: %s', (message, said) => {
  const cluster = withRepository();
  cluster.git.fetch = () => ({ kind: 'refused', message });

  cluster.apply(gitRepository());

  expect(cluster.said(cluster.source())).toBe(said);
});
