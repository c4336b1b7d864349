import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import type { KubernetesEvent } from '../kubernetes/kubernetes-world.ts';
import { keyOf } from './controller.ts';
import { requestedAt } from './status-draft.ts';

/** Which events make Flux look at an object of its own: a new generation, a request to reconcile, its deletion. */
export interface LookedAt {
  keysOf(event: KubernetesEvent): readonly string[];
  /** All of these, which are being looked at from now on. */
  start(objects: readonly KubernetesObject[]): readonly string[];
}

/** `GenerationChangedPredicate` of controller-runtime or `ReconcileRequestedPredicate` of fluxcd/pkg `runtime/predicates`. */
export function createLookedAt(kind: string): LookedAt {
  const seen = new Map<string, string>();
  return {
    keysOf({ type, object }) {
      if (object.kind !== kind) return [];
      const key = keyOf(object);
      if (type === 'DELETED') {
        seen.delete(key);
        return [];
      }
      const state = stateOf(object);
      if (seen.get(key) === state) return [];
      seen.set(key, state);
      return [key];
    },
    start(objects) {
      for (const object of objects) seen.set(keyOf(object), stateOf(object));
      return objects.map(keyOf);
    },
  };
}

function stateOf(object: KubernetesObject): string {
  const { uid, generation, deletionTimestamp } = object.metadata;
  return [uid, generation, deletionTimestamp, requestedAt(object)].join(' ');
}
