import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { recordAt, recordsAt, stringAt } from '../kubernetes/json.ts';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

/** The status of an object while a controller works on it. */
export interface StatusDraft {
  readonly object: KubernetesObject;
  mark(type: string, condition: Pick<Condition, 'status' | 'reason' | 'message'>): void;
  unmark(type: string): void;
  condition(type: string): Condition | undefined;
  /** `undefined` takes the field away. */
  set(field: string, value: unknown): void;
  get(field: string): unknown;
  /** The status as it is to be written. */
  status(): object;
}

/** Times have whole seconds in Kubernetes. */
export function kubernetesTime(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * Conditions as fluxcd/pkg `runtime/conditions/setter.go` keeps them: a transition is a change of status, reason or
 * message; Stalled, Reconciling and Ready stand first.
 */
export function draftStatus(object: KubernetesObject, now: () => Date): StatusDraft {
  // The CRDs' default (`+kubebuilder:default:={"observedGeneration":-1}`).
  const fields = new Map<string, unknown>(Object.entries({ observedGeneration: -1, ...recordAt(object, 'status') }));
  const conditions = new Map(conditionsOf(object).map((one) => [one.type, one]));
  const generation = object.metadata.generation ?? 0;
  const draft: StatusDraft = {
    object,
    mark(type, { status, reason, message }) {
      const before = conditions.get(type);
      const isSame = before?.status === status && before.reason === reason && before.message === message;
      const lastTransitionTime = isSame ? before.lastTransitionTime : kubernetesTime(now());
      const observedGeneration = generation;
      conditions.set(type, { type, status, reason, message, observedGeneration, lastTransitionTime });
    },
    unmark: (type) => void conditions.delete(type),
    condition: (type) => conditions.get(type),
    set(name, value) {
      if (value === undefined) fields.delete(name);
      else fields.set(name, value);
    },
    get: (name) => fields.get(name),
    status() {
      const sorted = [...conditions.values()].sort(order);
      return { ...Object.fromEntries(fields), ...(sorted.length > 0 && { conditions: sorted }) };
    },
  };
  return draft;
}

/** As they stand in the object's status. */
export function conditionsOf(object: KubernetesObject): readonly Condition[] {
  return recordsAt(object['status'], 'conditions').map((one) => ({
    type: stringAt(one, 'type'),
    status: one['status'] === 'True' || one['status'] === 'False' ? one['status'] : 'Unknown',
    reason: stringAt(one, 'reason'),
    message: stringAt(one, 'message'),
    observedGeneration: typeof one['observedGeneration'] === 'number' ? one['observedGeneration'] : 0,
    lastTransitionTime: stringAt(one, 'lastTransitionTime'),
  }));
}

const first: readonly string[] = ['Stalled', 'Reconciling', 'Ready'];

function order(one: Condition, other: Condition): number {
  const places = [one, other].map(({ type }) => (first.includes(type) ? first.indexOf(type) : first.length));
  const [place = 0, otherPlace = 0] = places;
  if (place !== otherPlace) return place - otherPlace;
  if (one.observedGeneration !== other.observedGeneration) return other.observedGeneration - one.observedGeneration;
  return one.type < other.type ? -1 : 1;
}

/** What `flux reconcile` sets: a new value asks for a look now. */
export function requestedAt(object: KubernetesObject): string | undefined {
  return object.metadata.annotations?.['reconcile.fluxcd.io/requestedAt'];
}
