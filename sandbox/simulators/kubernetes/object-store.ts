import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import type { Kind } from './kinds.ts';
import { storageKey } from './kinds.ts';

export interface KubernetesEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubernetesObject;
}

export interface StoredEvent extends KubernetesEvent {
  readonly resourceVersion: number;
  /** The kind's group and name. */
  readonly key: string;
  /** The object before; undefined when there was none. */
  readonly before: KubernetesObject | undefined;
}

/** As much of the past as a watch may start from; etcd keeps five minutes of it (`--etcd-compaction-interval`). */
const rememberedEvents = 2000;

/** Where an object is, whatever version it is asked for in. */
export interface Place {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string;
}

export interface ObjectStore {
  /** Of the last change; one number for the whole cluster, as etcd has it. */
  readonly resourceVersion: number;
  /** Watches from before this one are gone (410). */
  readonly oldestVersion: number;
  get(place: Place): KubernetesObject | undefined;
  list(kind: Pick<Kind, 'group' | 'kind'>, namespace?: string): readonly KubernetesObject[];
  all(): readonly KubernetesObject[];
  /** Gives the object its new resource version. */
  put(place: Place, object: KubernetesObject): KubernetesObject;
  remove(place: Place): KubernetesObject | undefined;
  since(resourceVersion: number): readonly StoredEvent[];
  /** The object as it was before it was last changed, as far as is remembered; else as it is. */
  before(place: Place): KubernetesObject | undefined;
  /** Called after each change, in the order of changes, even for a change that a listener makes. */
  /** The same of all objects of a kind: as they were before the last change of any of them. */
  listBefore(kind: Kind, namespace?: string): readonly KubernetesObject[];
  subscribe(listener: (event: StoredEvent) => void): () => void;
}

export interface StoredState {
  readonly resourceVersion: number;
  readonly objects: readonly (readonly [key: string, place: string, object: KubernetesObject])[];
}

export function createObjectStore(from?: StoredState): ObjectStore & { state(): StoredState } {
  const objects = new Map<string, Map<string, KubernetesObject>>();
  const listeners = new Set<(event: StoredEvent) => void>();
  let events: StoredEvent[] = [];
  let resourceVersion = from?.resourceVersion ?? 0;
  let oldestVersion = resourceVersion;
  const undelivered: StoredEvent[] = [];
  let isDelivering = false;
  for (const [key, place, object] of from?.objects ?? []) ofKind(key).set(place, object);

  function ofKind(key: string): Map<string, KubernetesObject> {
    const known = objects.get(key) ?? new Map<string, KubernetesObject>();
    objects.set(key, known);
    return known;
  }

  function record(event: StoredEvent): void {
    events.push(event);
    if (events.length > rememberedEvents * 2) {
      events = events.slice(-rememberedEvents);
      oldestVersion = (events[0]?.resourceVersion ?? resourceVersion) - 1;
    }
    undelivered.push(event);
    if (isDelivering) return;
    isDelivering = true;
    try {
      for (let next = undelivered.shift(); next; next = undelivered.shift()) {
        for (const listener of listeners) listener(next);
      }
    } finally {
      isDelivering = false;
    }
  }

  return {
    get resourceVersion() {
      return resourceVersion;
    },
    get oldestVersion() {
      return oldestVersion;
    },
    get: (place) => objects.get(storageKey(place.kind))?.get(nameIn(place)),
    list(kind, namespace) {
      const all = [...(objects.get(storageKey(kind))?.values() ?? [])];
      return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
    },
    all: () => [...objects.values()].flatMap((kind) => [...kind.values()]),
    put(place, object) {
      const key = storageKey(place.kind);
      const before = objects.get(key)?.get(nameIn(place));
      resourceVersion += 1;
      const kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(resourceVersion) } };
      ofKind(key).set(nameIn(place), kept);
      record({ type: before ? 'MODIFIED' : 'ADDED', object: kept, before, resourceVersion, key });
      return kept;
    },
    remove(place) {
      const key = storageKey(place.kind);
      const before = objects.get(key)?.get(nameIn(place));
      if (!before) return undefined;
      objects.get(key)?.delete(nameIn(place));
      resourceVersion += 1;
      const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(resourceVersion) } };
      record({ type: 'DELETED', object, before, resourceVersion, key });
      return object;
    },
    since: (version) => events.filter((event) => event.resourceVersion > version),
    before(place) {
      const key = storageKey(place.kind);
      const last = events.findLast(({ object, key: at }) => at === key && isAt(object, place));
      return last ? last.before : objects.get(key)?.get(nameIn(place));
    },
    listBefore(kind, namespace) {
      const key = storageKey(kind);
      const last = events.findLast((event) => event.key === key);
      const present = [...(objects.get(key)?.values() ?? [])];
      const others = last ? present.filter(({ metadata }) => metadata.uid !== last.object.metadata.uid) : present;
      const all = last?.before ? [...others, last.before] : others;
      return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    state: () => ({
      resourceVersion,
      objects: [...objects].flatMap(([key, ofKey]) =>
        [...ofKey].map(([place, object]) => [key, place, object] as const),
      ),
    }),
  };
}

function nameIn({ namespace, name }: Place): string {
  return `${namespace ?? ''}/${name}`;
}

function isAt({ metadata }: KubernetesObject, { namespace, name }: Place): boolean {
  return metadata.name === name && metadata.namespace === namespace;
}
