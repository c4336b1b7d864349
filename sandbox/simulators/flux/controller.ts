import type { KubernetesObject, ObjectReference } from '../../../src/ports/kubernetes-cluster.ts';
import type { KubernetesEvent, KubernetesWorld } from '../kubernetes/kubernetes-world.ts';
import type { FaultError } from '../faults.ts';

/** What a controller wants after a look at an object. */
export type Next =
  /** Nothing, until something happens. */
  | { readonly kind: 'rest' }
  | { readonly kind: 'again'; readonly afterMs: number }
  /** It failed: again, each time later than the time before. */
  | { readonly kind: 'retry' };

export interface Controller {
  /** Of its Deployment. */
  readonly name: string;
  /** The objects to be looked at after a change, as `namespace/name`. */
  toLookAt(event: KubernetesEvent): readonly string[];
  /** All of them: what it looks at when it starts. */
  all(): readonly string[];
  reconcile(key: string): Next;
  /** Its pod is gone, and what it kept on its disk with it. */
  forget(): void;
}

/** What controllers share. */
export interface Surroundings {
  readonly world: KubernetesWorld;
  readonly now: () => Date;
  /** The fault that is due for an action, used up by this call. */
  readonly fault: (action: string) => Struck | undefined;
}

export interface Struck {
  /** Without an error: so long the action takes. */
  readonly delayMs: number;
  readonly when: 'before' | 'after';
  readonly error: FaultError | 'reset' | undefined;
}

export function keyOf({ metadata }: Pick<KubernetesObject, 'metadata'>): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

export function referenceOf(kind: Pick<ObjectReference, 'apiVersion' | 'kind'>, key: string): ObjectReference {
  const [namespace = '', name = ''] = key.split('/');
  return { apiVersion: kind.apiVersion, kind: kind.kind, name, ...(namespace && { namespace }) };
}

/** In the words of Go's network calls, where the fault has none of its own. */
export function faultWords(error: FaultError | 'reset'): string {
  return error === 'reset' ? 'read: connection reset by peer' : error.message;
}
