import type { KubernetesObject } from '../ports/kubernetes-cluster.ts';
import { field } from './live-flux.ts';

export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'suspended' }
  /** With the object's own words; `Ready=False` may pass, so it is not an end (design §6). */
  | { readonly kind: 'not-ready'; readonly reason: string; readonly message: string };

/** Flux's own health rule: the present generation is observed and `Ready` is `True` (kstatus). */
export function readinessOf(object: KubernetesObject | undefined): Readiness {
  if (!object) return { kind: 'not-ready', reason: 'NotFound', message: 'the object does not exist' };
  if (field(object, 'spec', 'suspend') === true) return { kind: 'suspended' };
  const ready = conditionOf(object, 'Ready');
  const isCurrent = field(object, 'status', 'observedGeneration') === object.metadata.generation;
  if (isCurrent && ready?.status === 'True') return { kind: 'ready' };
  return {
    kind: 'not-ready',
    reason: ready?.reason ?? 'Pending',
    message: ready?.message ?? 'the controller has not looked at the object yet',
  };
}

/**
 * True unless somebody has asked for a look (`flux reconcile`, and we) that the controller has not taken yet: until
 * then all that the status says may be from before, even of a controller that is gone.
 */
export function hasHandledRequest(object: KubernetesObject | undefined): boolean {
  const requestedAt = object?.metadata.annotations?.['reconcile.fluxcd.io/requestedAt'];
  return requestedAt === undefined || field(object, 'status', 'lastHandledReconcileAt') === requestedAt;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A condition of an object's status by its type. */
export function conditionOf(object: KubernetesObject, type: string): Condition | undefined {
  const conditions: unknown = field(object, 'status', 'conditions');
  if (!Array.isArray(conditions)) return undefined;
  return (conditions as readonly Condition[]).find((condition) => condition.type === type);
}

/** Revision that a Kustomization has applied: `main@sha1:<commit>`. */
export function appliedRevision(sync: KubernetesObject | undefined): string | undefined {
  const revision = field(sync, 'status', 'lastAppliedRevision');
  return typeof revision === 'string' ? revision : undefined;
}

/** The commit id in a Flux revision (`branch@sha1:<hex>`, RFC-0005 of Flux). */
export function commitOfRevision(revision: string): string | undefined {
  return /@sha(?:1|256):([0-9a-f]{40,64})$/.exec(revision)?.[1];
}
