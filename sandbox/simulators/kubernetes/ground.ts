import { randomUUID } from 'node:crypto';
import type { KubernetesObject, ObjectReference } from '../../../src/ports/kubernetes-cluster.ts';
import type { Happening } from '../history.ts';
import { customResourceDefinition, type Kind, type Kinds, kindsWith, storageKey } from './kinds.ts';
import { unknownKind } from './kubernetes-error.ts';
import { establishedStatus } from './object-defaults.ts';
import { createObjectStore, type ObjectStore, type Place, type StoredState } from './object-store.ts';

/** What every rule stands on: the objects, the kinds that are known now, the clock and the record of writes. */
export interface Ground {
  readonly store: ObjectStore & { state(): StoredState };
  readonly now: () => Date;
  readonly history: Happening[];
  kinds(): Kinds;
  /**
   * Those that discovery shows: the kind of a CRD a little after its paths are served, which they are once it is
   * established (seen on a real API server, whose controllers for the two know nothing of each other).
   */
  discovered(): Kinds;
  /** Throws 404 for a kind that is not served. */
  requireKind(reference: Pick<ObjectReference, 'apiVersion' | 'kind'>): Kind;
  find(reference: ObjectReference): KubernetesObject | undefined;
  newUid(): string;
  /** The present second: Kubernetes' times have no fractions. */
  time(): string;
  record(write: RecordedWrite): void;
  /** To be called after each change. */
  changed(): void;
  /** Establishes the CRD a moment after now, and shows its kind in discovery another moment later. */
  establishLater(name: string): void;
  /** Establishes whatever was left when the state was saved, a moment after now: its owner may not hold the world yet. */
  establishAll(): void;
}

export interface RecordedWrite {
  readonly verb: 'apply' | 'create' | 'patch' | 'delete';
  readonly by: string;
  readonly place: Place;
  readonly changed: boolean;
  readonly object: KubernetesObject;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export function createGround(options: {
  readonly now: () => Date;
  readonly onChange: () => void;
  readonly later: (work: () => void) => void;
  readonly from?: StoredState;
  readonly history?: readonly Happening[];
}): Ground {
  const store = createObjectStore(options.from);
  const history = [...(options.history ?? [])];
  let known: Kinds | undefined;
  const definitionKey = storageKey(customResourceDefinition);
  store.subscribe(({ key }) => {
    if (key === definitionKey) known = undefined;
  });
  // UIDs of CRDs that discovery shows.
  const shown = new Set<string | undefined>();
  const kinds = (): Kinds => (known ??= kindsWith(store.list(customResourceDefinition)));
  const time = (): string => `${options.now().toISOString().slice(0, 19)}Z`;

  function establish(name: string): void {
    const place = { kind: customResourceDefinition, namespace: undefined, name };
    const definition = store.get(place);
    if (!definition) return;
    const status = establishedStatus(definition, time());
    if (status) {
      store.put(place, { ...definition, status });
      options.onChange();
    }
    options.later(() => shown.add(definition.metadata.uid));
  }

  return {
    store,
    now: options.now,
    history,
    kinds,
    discovered: () => kindsWith(store.list(customResourceDefinition).filter(({ metadata }) => shown.has(metadata.uid))),
    time,
    requireKind(reference) {
      const kind = kinds().find(reference);
      if (!kind) throw unknownKind(reference);
      return kind;
    },
    find(reference) {
      const kind = kinds().find(reference);
      const object = kind && store.get(placeOf(kind, reference));
      return (
        object &&
        (object.apiVersion === reference.apiVersion ? object : { ...object, apiVersion: reference.apiVersion })
      );
    },
    newUid: randomUUID,
    record: (write) => void history.push(happeningOf(write, options.now())),
    changed: options.onChange,
    establishLater: (name) => options.later(() => establish(name)),
    establishAll() {
      for (const { metadata } of store.list(customResourceDefinition)) {
        shown.add(metadata.uid);
        options.later(() => establish(metadata.name));
      }
    },
  };
}

export function placeOf(kind: Kind, { namespace, name }: Pick<ObjectReference, 'namespace' | 'name'>): Place {
  return { kind, namespace: kind.isNamespaced ? namespace : undefined, name };
}

/** `Deployment flux-system/source-controller`. */
export function referenceText({ kind, namespace, name }: Omit<ObjectReference, 'apiVersion'>): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** Which object and what became of it, and nothing of what it holds. */
function happeningOf({ verb, by, place, changed, object, detail }: RecordedWrite, at: Date): Happening {
  const { kind, namespace, name } = place;
  const { uid, resourceVersion, generation } = object.metadata;
  return {
    at: at.toISOString(),
    action: `kubernetes:${verb}`,
    by,
    target: referenceText({ kind: kind.kind, name, ...(namespace !== undefined && { namespace }) }),
    detail: {
      ...{ apiVersion: object.apiVersion, kind: kind.kind, name, ...(namespace !== undefined && { namespace }) },
      ...{ changed, uid, resourceVersion, ...(generation !== undefined && { generation }) },
      ...detail,
    },
  };
}
