import { describe, expect, it } from 'vitest';
import { samePath, sameRepositoryUrl } from '../../src/flux-bootstrap/live-flux.ts';
import { isAvailable } from '../../src/flux-bootstrap/read-live-flux.ts';
import {
  appliedRevision,
  commitOfRevision,
  hasHandledRequest,
  readinessOf,
} from '../../src/flux-bootstrap/reconciled.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';

function object(fields: object, metadata: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'A', metadata: { name: 'a', generation: 2, ...metadata }, ...fields };
}

const ready = (status: string, observedGeneration = 2) =>
  object({
    status: {
      observedGeneration,
      conditions: [
        { type: 'Other', status: 'True' },
        { type: 'Ready', status, reason: 'R', message: 'm' },
      ],
    },
  });

describe('an object', () => {
  it('is ready when its present generation is, and says why it is not', () => {
    expect(readinessOf(ready('True'))).toEqual({ kind: 'ready' });
    expect(readinessOf(ready('True', 1))).toMatchObject({ kind: 'not-ready' });
    expect(readinessOf(ready('False'))).toEqual({ kind: 'not-ready', reason: 'R', message: 'm' });
    expect(readinessOf(ready('Unknown'))).toMatchObject({ kind: 'not-ready' });
    expect(readinessOf(object({}))).toMatchObject({ kind: 'not-ready', reason: 'Pending' });
    expect(readinessOf(undefined)).toMatchObject({ kind: 'not-ready', reason: 'NotFound' });
  });

  it('that is suspended is suspended, however ready it is', () => {
    expect(readinessOf({ ...ready('True'), spec: { suspend: true } })).toEqual({ kind: 'suspended' });
    expect(readinessOf({ ...ready('True'), spec: { suspend: false } })).toEqual({ kind: 'ready' });
  });

  it('has handled a request when it says that very one', () => {
    const asked = { annotations: { 'reconcile.fluxcd.io/requestedAt': 'b' } };

    expect(hasHandledRequest(object({}))).toBe(true);
    expect(hasHandledRequest(object({ status: { lastHandledReconcileAt: 'b' } }, asked))).toBe(true);
    expect(hasHandledRequest(object({ status: { lastHandledReconcileAt: 'a' } }, asked))).toBe(false);
    expect(hasHandledRequest(object({}, asked))).toBe(false);
  });
});

describe('a revision', () => {
  it.each([
    [`main@sha1:${'a'.repeat(40)}`, 'a'.repeat(40)],
    [`feature/x@sha256:${'b'.repeat(64)}`, 'b'.repeat(64)],
    ['main@sha1:abc', undefined],
    [`main/${'a'.repeat(40)}`, undefined],
    ['', undefined],
  ])('%s is at %s', (revision, commit) => {
    expect(commitOfRevision(revision)).toBe(commit);
  });

  it('is what the sync says it applied', () => {
    expect(appliedRevision(object({ status: { lastAppliedRevision: 'r' } }))).toBe('r');
    expect(appliedRevision(object({}))).toBeUndefined();
    expect(appliedRevision(undefined)).toBeUndefined();
  });
});

describe('a Deployment', () => {
  const deployment = (status: object, replicas?: number) => object({ spec: { replicas }, status });
  it.each<[string, KubernetesObject | undefined, boolean]>([
    ['all are', deployment({ observedGeneration: 2, updatedReplicas: 1, availableReplicas: 1 }), true],
    [
      'more than one is wanted and all are',
      deployment({ observedGeneration: 3, updatedReplicas: 2, availableReplicas: 2 }, 2),
      true,
    ],
    ['it was scaled to nothing', deployment({ observedGeneration: 2 }, 0), false],
    ['one of two is', deployment({ observedGeneration: 2, updatedReplicas: 2, availableReplicas: 1 }, 2), false],
    ['the old ones are', deployment({ observedGeneration: 2, updatedReplicas: 0, availableReplicas: 1 }), false],
    [
      'an old one is, while its successor does not start',
      deployment({ observedGeneration: 2, replicas: 2, updatedReplicas: 1, availableReplicas: 1 }),
      false,
    ],
    ['nobody has looked', deployment({ observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 }), false],
    ['it has no status', object({}), false],
    ['it is not there', undefined, false],
  ])('whose replicas are available: %s', (_, candidate, expected) => {
    expect(isAvailable(candidate)).toBe(expected);
  });
});

describe('the same', () => {
  it.each([
    ['./flux/clusters/a', 'flux/clusters/a/', true],
    ['/flux/clusters/a', './flux/clusters/a', true],
    ['./flux/clusters/a', './flux/clusters/ab', false],
    ['./', '', true],
  ])('path: %s and %s: %s', (a, b, expected) => {
    expect(samePath(a, b)).toBe(expected);
  });

  it.each([
    ['ssh://git@host/acme/infra.git', 'ssh://git@host/acme/infra', true],
    ['ssh://git@host/Acme/Infra.git', 'ssh://git@host/acme/infra.git', true],
    ['ssh://git@host/acme/infra.git', 'ssh://git@host:2222/acme/infra.git', false],
    ['ssh://git@host/acme/infra.git', 'https://host/acme/infra.git', false],
  ])('repository: %s and %s: %s', (a, b, expected) => {
    expect(sameRepositoryUrl(a, b)).toBe(expected);
  });
});
