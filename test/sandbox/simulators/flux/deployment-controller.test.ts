import { expect, test } from 'vitest';
import { isAvailable } from '../../../../src/flux-bootstrap/read-live-flux.ts';
import { deployment, fluxCluster } from '../../../support/flux-cluster.ts';

const account = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: 'flux-system' },
});

function live(cluster: ReturnType<typeof fluxCluster>, name: string) {
  return cluster.world.get({ apiVersion: 'apps/v1', kind: 'Deployment', name, namespace: 'flux-system' });
}

test('makes a Deployment available', () => {
  const cluster = fluxCluster();

  const found = live(cluster, 'helm-controller');
  expect(isAvailable(found)).toBe(true);
  expect(found?.['status']).toMatchObject({
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
  });
  expect(found?.['status']).not.toHaveProperty('unavailableReplicas');
  expect(cluster.said(found, 'Available')).toBe('True MinimumReplicasAvailable: Deployment has minimum availability.');
  expect(cluster.said(found, 'Progressing')).toMatch(
    /^True NewReplicaSetAvailable: ReplicaSet "helm-controller-\w+" has successfully progressed\.$/,
  );
});

test('makes no pod without its ServiceAccount, and makes it as soon as there is one', () => {
  const cluster = fluxCluster();

  cluster.apply(deployment('orphan'));
  expect(isAvailable(live(cluster, 'orphan'))).toBe(false);
  expect(cluster.said(live(cluster, 'orphan'), 'ReplicaFailure')).toMatch(
    /^True FailedCreate: pods "orphan-\w+-" is forbidden: error looking up service account flux-system\/orphan: serviceaccount "orphan" not found$/,
  );
  cluster.apply(account('orphan'));

  expect(isAvailable(live(cluster, 'orphan'))).toBe(true);
  expect(cluster.said(live(cluster, 'orphan'), 'ReplicaFailure')).toBeUndefined();
});

test.each(['broken', 'ghcr.io/example/broken'])('never starts an image that is broken: %s', (name) => {
  const cluster = fluxCluster({ brokenImages: new Set([name]) });

  cluster.apply(account('bad'), deployment('bad', 'ghcr.io/example/broken:v2@sha256:0'));
  expect(cluster.said(live(cluster, 'bad'), 'Available')).toContain('False MinimumReplicasUnavailable');
  cluster.pass(600_000);

  expect(isAvailable(live(cluster, 'bad'))).toBe(false);
  expect(cluster.said(live(cluster, 'bad'), 'Progressing')).toContain('False ProgressDeadlineExceeded');
});

test('keeps the old pods while new ones do not start', () => {
  const cluster = fluxCluster({ brokenImages: new Set(['broken']) });

  cluster.apply(deployment('helm-controller', 'ghcr.io/example/broken:v2'));

  expect(live(cluster, 'helm-controller')?.['status']).toMatchObject({
    observedGeneration: 2,
    replicas: 2,
    updatedReplicas: 1,
    availableReplicas: 1,
    unavailableReplicas: 1,
  });
});

test('a controller that is stopped is not available until it is started', () => {
  const cluster = fluxCluster();

  cluster.flux.stopController('source-controller');
  cluster.settle();
  expect(isAvailable(live(cluster, 'source-controller'))).toBe(false);
  expect(cluster.said(live(cluster, 'source-controller'), 'Progressing')).toContain('True NewReplicaSetAvailable');
  cluster.flux.startController('source-controller');
  cluster.settle();

  expect(isAvailable(live(cluster, 'source-controller'))).toBe(true);
});

test('what was available before a restart of the simulator is still', () => {
  const before = fluxCluster();
  const version = live(before, 'helm-controller')?.metadata.resourceVersion;

  const after = fluxCluster({ from: structuredClone(before.world.snapshot()) });

  expect(live(after, 'helm-controller')?.metadata.resourceVersion).toBe(version);
});
