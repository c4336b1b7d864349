import { expect, test } from 'vitest';
import { appliedRevision, hasHandledRequest, readinessOf } from '../../../../src/flux-bootstrap/reconciled.ts';
import {
  configMap,
  definition,
  deployment,
  fluxCluster,
  gitRepository,
  kustomization,
  sourceReference,
  syncReference,
} from '../../../support/flux-cluster.ts';

const attempt = 'with a timeout of 9m30s';

/** With the files at the head of the branch, and a source that has them. */
function withFiles(files: Readonly<Record<string, string>>) {
  const cluster = fluxCluster();
  const commit = cluster.git.push(files);
  cluster.apply(gitRepository());
  return { ...cluster, revision: `main@sha1:${commit}` };
}

function found(cluster: ReturnType<typeof withFiles>, name: string, namespace = 'default') {
  return cluster.world.get({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace });
}

test('applies what the folder holds, as its own', () => {
  const cluster = withFiles({
    'cluster/a.yaml': `${configMap('a')}---\n${configMap('b')}`,
    'cluster/sub/c.yml': configMap('c'),
    'cluster/with-kustomization/kustomization.yaml': 'resources: [d.yaml]\n',
    'cluster/with-kustomization/d.yaml': configMap('d'),
    'cluster/with-kustomization/left-out.yaml': configMap('left-out'),
    'cluster/readme.md': 'no manifest',
    'elsewhere/e.yaml': configMap('e'),
  });

  cluster.apply(kustomization());

  const sync = cluster.sync();
  expect(readinessOf(sync)).toEqual({ kind: 'ready' });
  expect(appliedRevision(sync)).toBe(cluster.revision);
  expect(cluster.said(sync)).toBe(`True ReconciliationSucceeded: Applied revision: ${cluster.revision}`);
  expect(sync?.['status']).toMatchObject({
    lastAttemptedRevision: cluster.revision,
    observedGeneration: 1,
    inventory: { entries: ['a', 'b', 'c', 'd'].map((name) => ({ id: `default_${name}__ConfigMap`, v: 'v1' })) },
    history: [{ lastReconciledStatus: 'ReconciliationSucceeded', totalReconciliations: 1 }],
  });
  expect(['a', 'b', 'c', 'd', 'e', 'left-out'].filter((name) => found(cluster, name))).toEqual(['a', 'b', 'c', 'd']);
  expect(found(cluster, 'a')?.metadata.labels).toEqual({
    'kustomize.toolkit.fluxcd.io/name': 'flux-system',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
  });
  expect(found(cluster, 'a')?.metadata['managedFields']).toMatchObject([
    { manager: 'kustomize-controller', operation: 'Apply' },
  ]);
});

test('follows the source to a new revision, prunes what has left it, and nobody else', () => {
  const cluster = withFiles({
    'cluster/a.yaml': configMap('a'),
    'cluster/b.yaml': configMap('b'),
    'cluster/c.yaml': configMap('c', 'default', 'kustomize.toolkit.fluxcd.io/prune: disabled'),
    'cluster/d.yaml': configMap('d'),
  });
  cluster.apply(kustomization());
  const taken = { 'kustomize.toolkit.fluxcd.io/name': 'another' };
  cluster.world.patchMetadata(
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'd', namespace: 'default' },
    { labels: taken },
    'test',
  );
  const next = cluster.git.push({ 'cluster/a.yaml': configMap('a') });

  cluster.ask(sourceReference, 'now');

  expect(appliedRevision(cluster.sync())).toBe(`main@sha1:${next}`);
  expect(['a', 'b', 'c', 'd'].filter((name) => found(cluster, name))).toEqual(['a', 'c', 'd']);
  expect(cluster.sync()?.['status']).toMatchObject({ inventory: { entries: [{ id: 'default_a__ConfigMap' }] } });
});

test('keeps everything without prune', () => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a'), 'cluster/b.yaml': configMap('b') });
  cluster.apply(kustomization({ prune: false }));
  cluster.git.push({ 'cluster/a.yaml': configMap('a') });

  cluster.ask(sourceReference, 'now');

  expect(found(cluster, 'b')).toBeDefined();
});

test('repairs drift at its interval, and writes nothing where there is none', () => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a') });
  cluster.apply(kustomization());
  const version = found(cluster, 'a')?.metadata.resourceVersion;
  cluster.pass(600_000);
  expect(found(cluster, 'a')?.metadata.resourceVersion).toBe(version);

  cluster.world.delete({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: 'default' }, 'test');
  cluster.pass(599_999);
  expect(found(cluster, 'a')).toBeUndefined();
  cluster.pass(1);

  expect(found(cluster, 'a')).toBeDefined();
  expect(cluster.sync()?.['status']).toMatchObject({ history: [{ totalReconciliations: 3 }] });
});

test('its own objects and controllers in the repository stay as they are', () => {
  const cluster = withFiles({
    'cluster/flux.yaml': [gitRepository(), kustomization(), deployment('source-controller')]
      .map((object) => JSON.stringify(object))
      .join('\n---\n'),
  });

  cluster.apply(kustomization());

  const controller = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'source-controller', namespace: 'flux-system' };
  for (const reference of [sourceReference, syncReference, controller]) {
    const object = cluster.world.get(reference);
    expect(object?.metadata.generation).toBe(1);
    expect(object?.metadata.labels).toMatchObject({ 'kustomize.toolkit.fluxcd.io/name': 'flux-system' });
  }
  expect(readinessOf(cluster.sync())).toEqual({ kind: 'ready' });
});

test('says that the path is not in the repository', () => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a') });

  cluster.apply(kustomization({ path: './nowhere' }));

  const stat = 'stat /tmp/kustomization-1/nowhere: no such file or directory';
  expect(cluster.said(cluster.sync())).toBe(`False ArtifactFailed: kustomization path not found: ${stat}`);
  expect(cluster.said(cluster.sync(), 'Reconciling')).toBe(
    `True ProgressingWithRetry: Fetching manifests for revision ${cluster.revision} ${attempt}`,
  );
  expect(cluster.sync()?.['status']).toMatchObject({ observedGeneration: -1 });
  expect(cluster.sync()?.['status']).not.toHaveProperty('lastAttemptedRevision');
});

test.each([
  ['a source that is not there', { name: 'other' }, 'GitRepository.source.toolkit.fluxcd.io "other" not found'],
  [
    'a source in another namespace than its own',
    { name: 'flux-system', namespace: 'default' },
    'GitRepository.source.toolkit.fluxcd.io "flux-system" not found',
  ],
])('waits for %s', (_, reference, message) => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a') });

  cluster.apply(kustomization({ sourceRef: { kind: 'GitRepository', ...reference } }));

  expect(cluster.said(cluster.sync())).toBe(`False ArtifactFailed: ${message}`);
});

test('waits for a source that has nothing yet, and goes on as soon as it has', () => {
  const cluster = fluxCluster();
  cluster.git.push({ 'cluster/a.yaml': configMap('a') });
  cluster.git.keys.clear();
  cluster.apply(gitRepository(), kustomization());
  expect(cluster.said(cluster.sync())).toBe('False ArtifactFailed: Source artifact not found, retrying in 30s');

  cluster.git.keys.add(cluster.git.fetches[0]?.privateKeyPem ?? '');
  cluster.pass(1000);

  expect(readinessOf(cluster.sync())).toEqual({ kind: 'ready' });
});

test('waits for what it depends on', () => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a'), 'apps/b.yaml': configMap('b') });
  const apps = kustomization({ path: './apps', dependsOn: [{ name: 'flux-system' }] }, 'apps');

  const missing = 'kustomizations.kustomize.toolkit.fluxcd.io "flux-system" not found';
  cluster.apply(apps);
  expect(cluster.said(cluster.sync('apps'))).toBe(
    `False DependencyNotReady: dependency 'flux-system/flux-system' not found: ${missing}`,
  );
  cluster.apply(kustomization({ path: './nowhere' }));
  cluster.pass(30_000);
  expect(cluster.said(cluster.sync('apps'))).toBe(
    "False DependencyNotReady: dependency 'flux-system/flux-system' is not ready",
  );
  cluster.apply(kustomization());
  expect(found(cluster, 'b')).toBeUndefined();
  cluster.pass(30_000);

  expect(found(cluster, 'b')).toBeDefined();
});

test.each([
  [
    'a namespace that is missing',
    configMap('a', 'nowhere'),
    'ConfigMap/nowhere/a not found: namespaces "nowhere" not found\n',
  ],
  [
    'a namespace that is not named',
    configMap('a', ''),
    'ConfigMap/a namespace not specified: the server could not find the requested resource\n',
  ],
  [
    'a kind that is not known',
    'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a, namespace: default}\n',
    'Thing/default/a dry-run failed: no matches for kind "Thing" in version "example.com/v1"\n',
  ],
])('fails in the words of the API server: %s', (_, manifest, message) => {
  const cluster = withFiles({ 'cluster/a.yaml': manifest });

  cluster.apply(kustomization());

  expect(cluster.said(cluster.sync())).toBe(`False ReconciliationFailed: ${message}`);
  expect(cluster.said(cluster.sync(), 'Reconciling')).toBe(
    `True ProgressingWithRetry: Detecting drift for revision ${cluster.revision} ${attempt}`,
  );
  expect(cluster.sync()?.['status']).toMatchObject({
    lastAttemptedRevision: cluster.revision,
    history: [{ lastReconciledStatus: 'ReconciliationFailed' }],
  });
  expect(cluster.sync()?.['status']).not.toHaveProperty('lastAppliedRevision');
});

test('applies definitions before what they define', () => {
  const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a', namespace: 'apps' } };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } };
  const cluster = withFiles({
    'cluster/all.yaml': [thing, definition('example.com', 'Thing', 'things'), namespace]
      .map((object) => JSON.stringify(object))
      .join('\n---\n'),
  });

  cluster.apply(kustomization());
  cluster.pass(2000);

  expect(readinessOf(cluster.sync())).toEqual({ kind: 'ready' });
  expect(
    cluster.world.get({ apiVersion: 'example.com/v1', kind: 'Thing', name: 'a', namespace: 'apps' }),
  ).toBeDefined();
});

test('is not ready while what it waits for is not, and says so in the end', () => {
  const cluster = fluxCluster({ brokenImages: new Set(['broken']) });
  const commit = cluster.git.push({
    'cluster/d.yaml': JSON.stringify(deployment('helm-controller', 'example/broken:v1')),
  });
  cluster.apply(gitRepository(), kustomization({ wait: true, timeout: '1m' }));
  const running = `Running health checks for revision main@sha1:${commit} with a timeout of 1m0s`;
  expect(cluster.said(cluster.sync())).toBe('Unknown Progressing: Reconciliation in progress');
  expect(cluster.said(cluster.sync(), 'Healthy')).toBe(`Unknown Progressing: ${running}`);

  cluster.pass(60_000);

  const timeout = "timeout waiting for: [Deployment/flux-system/helm-controller status: 'InProgress']";
  expect(cluster.said(cluster.sync())).toBe(`False HealthCheckFailed: health check failed after 1m0s: ${timeout}`);
});

test('is ready as soon as what it waits for is', () => {
  const cluster = withFiles({ 'cluster/d.yaml': JSON.stringify(deployment('late')) });
  cluster.apply(kustomization({ wait: true }));
  expect(readinessOf(cluster.sync()).kind).toBe('not-ready');

  cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'late', namespace: 'flux-system' } });

  expect(readinessOf(cluster.sync())).toEqual({ kind: 'ready' });
  expect(cluster.said(cluster.sync(), 'Healthy')).toBe('True Succeeded: Health check passed in 0s');
});

test('leaves a suspended one alone, but has heard the request', () => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a') });
  cluster.apply(kustomization({ suspend: true }));

  cluster.ask(syncReference, 'now');

  expect(readinessOf(cluster.sync())).toEqual({ kind: 'suspended' });
  expect(hasHandledRequest(cluster.sync())).toBe(true);
  expect(found(cluster, 'a')).toBeUndefined();
});

test.each([
  [true, undefined],
  [false, 'default'],
])('takes along what it has applied when it is deleted, if it prunes: %s', (prune, namespace) => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a') });
  cluster.apply(kustomization({ prune }));

  cluster.world.delete(syncReference, 'test');
  cluster.settle();

  expect(cluster.sync()).toBeUndefined();
  expect(found(cluster, 'a')?.metadata.namespace).toBe(namespace);
});

test('does nothing while its Deployment is not available', () => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a') });
  cluster.flux.stopController('kustomize-controller');
  cluster.settle();
  cluster.apply(kustomization());
  cluster.pass(3_600_000);
  expect(cluster.sync()?.['status']).toBeUndefined();

  cluster.flux.startController('kustomize-controller');
  cluster.settle();

  expect(readinessOf(cluster.sync())).toEqual({ kind: 'ready' });
});

test.each(['before', 'after'] as const)('a fault %s the apply passes', (when) => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a') });
  const error = { status: 500, code: 'InternalError', message: 'etcdserver: request timed out' };
  cluster.flux.faults = [{ action: 'flux:apply', times: 1, delayMilliseconds: 0, when, error, isStale: false }];

  cluster.apply(kustomization({ retryInterval: '10s' }));
  expect(cluster.said(cluster.sync())).toBe('False ReconciliationFailed: etcdserver: request timed out\n');
  expect(found(cluster, 'a') !== undefined).toBe(when === 'after');
  cluster.pass(10_000);

  expect(readinessOf(cluster.sync())).toEqual({ kind: 'ready' });
});

test.each(['patches', 'targetNamespace', 'postBuild', 'kubeConfig'])(
  'refuses what it does not know: spec.%s',
  (field) => {
    const cluster = withFiles({ 'cluster/a.yaml': configMap('a') });

    cluster.apply(kustomization({ [field]: 'anything' }));

    expect(cluster.said(cluster.sync())).toBe(`False BuildFailed: the simulator of Flux does not know spec.${field}`);
    expect(found(cluster, 'a')).toBeUndefined();
  },
);

test('keeps the last five reconciliations', () => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a') });
  cluster.apply(kustomization());

  for (const name of ['b', 'c', 'd', 'e', 'f']) {
    cluster.git.push({ 'cluster/a.yaml': configMap(name) });
    cluster.ask(sourceReference, name);
  }

  expect(cluster.sync()?.['status']).toMatchObject({ history: { length: 5 } });
});

test('does not read what Flux leaves out of an artifact', () => {
  const cluster = withFiles({
    'a.yaml': configMap('a'),
    '.github/b.yaml': configMap('b'),
    'sub/.sops.yaml': configMap('c'),
    'appveyor.yml': configMap('d'),
  });

  cluster.apply(kustomization({ path: './' }));

  expect(['a', 'b', 'c', 'd'].filter((name) => found(cluster, name))).toEqual(['a']);
});

test('keeps its hands off what says so', () => {
  const off = 'kustomize.toolkit.fluxcd.io/reconcile: disabled';
  const once = 'kustomize.toolkit.fluxcd.io/ssa: IfNotPresent';
  const cluster = withFiles({
    'cluster/off.yaml': configMap('off', 'default', off),
    'cluster/once.yaml': configMap('once', 'default', once),
  });
  cluster.apply(kustomization());
  expect(found(cluster, 'off')).toBeUndefined();
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'once', namespace: 'default' };
  cluster.world.apply(
    { ...reference, metadata: { name: 'once', namespace: 'default' }, data: { name: 'mine' } },
    {
      ...{ fieldManager: 'somebody', by: 'test', force: true },
    },
  );

  cluster.pass(600_000);

  expect(found(cluster, 'once')?.['data']).toEqual({ name: 'mine' });
});

test('never gives up before half a minute', () => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a') });

  cluster.apply(kustomization({ path: './nowhere', interval: '1m', timeout: '5s' }));

  expect(cluster.said(cluster.sync(), 'Reconciling')).toContain('with a timeout of 30s');
});

test('waits for what it depends on to be at the same revision', () => {
  const files = { 'cluster/a.yaml': configMap('a'), 'apps/b.yaml': configMap('b') };
  const cluster = withFiles(files);
  cluster.apply(kustomization(), kustomization({ path: './apps', dependsOn: [{ name: 'flux-system' }] }, 'apps'));
  expect(readinessOf(cluster.sync('apps'))).toEqual({ kind: 'ready' });

  cluster.apply(kustomization({ suspend: true }));
  cluster.world.setStatus(syncReference, { ...statusOf(cluster.sync()), observedGeneration: 2 }, 'test');
  cluster.git.push({ ...files, 'apps/c.yaml': configMap('c') });
  cluster.ask(sourceReference, 'now');

  expect(cluster.said(cluster.sync('apps'))).toBe(
    "False DependencyNotReady: dependency 'flux-system/flux-system' revision is not up to date",
  );
});

test('waits for what it depends on when that fails after it was ready', () => {
  const cluster = withFiles({ 'cluster/a.yaml': configMap('a'), 'apps/b.yaml': configMap('b') });
  cluster.apply(kustomization(), kustomization({ path: './apps', dependsOn: [{ name: 'flux-system' }] }, 'apps'));

  cluster.git.push({ 'apps/b.yaml': configMap('b') });
  cluster.ask(sourceReference, 'now');
  cluster.pass(30_000);

  expect(cluster.said(cluster.sync('apps'))).toBe(
    "False DependencyNotReady: dependency 'flux-system/flux-system' is not ready",
  );
});

function statusOf(object: ReturnType<typeof found>): object {
  const status = object?.['status'];
  return typeof status === 'object' && status !== null ? status : {};
}
