import type { KubernetesObject, ObjectReference } from '../../../src/ports/kubernetes-cluster.ts';
import type { Fault, Faulty } from '../faults.ts';
import type { Happening } from '../history.ts';
import { createGround, type Ground, placeOf } from './ground.ts';
import { seedObjects } from './initial-objects.ts';
import { isRecord, type Json } from './json.ts';
import { apiVersionOf, type Kind, type Kinds } from './kinds.ts';
import { deleteObject } from './object-deletion.ts';
import type { KubernetesEvent, Place, StoredEvent, StoredState } from './object-store.ts';
import { applyObject, createObject, type PatchOptions, patchObject, type WriteOptions } from './object-writes.ts';

export type { KubernetesEvent } from './object-store.ts';

export interface MetadataPatch {
  /** `null` takes the entry away. */
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** The whole list. */
  readonly finalizers?: readonly string[];
}

/**
 * One cluster: its objects, and the rules of the API server over them. Whatever is refused is a
 * `KubernetesStatusError`. A CRD is established, and its kind known, a moment after it was written; discovery shows the
 * kind another moment after that. `later` brings both about.
 */
export interface KubernetesWorld extends Faulty {
  /** Of the namespace `kube-system`, which stands for the cluster's incarnation. */
  readonly uid: string;
  /** `gitVersion`. */
  readonly version: string;
  /** Undefined too where the kind is not known. */
  get(reference: ObjectReference): KubernetesObject | undefined;
  list(kind: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
  }): readonly KubernetesObject[];
  /** Server-side apply as somebody inside the cluster; `by` is whom the history names. */
  apply(object: KubernetesObject, options: WriteOptions): KubernetesObject;
  create(object: KubernetesObject, options: WriteOptions): KubernetesObject;
  /** JSON merge patch; 404 when there is no such object. */
  patch(reference: ObjectReference, patch: object, options: PatchOptions): KubernetesObject;
  /** Replaces `status`: no new generation, and no event when nothing changes. Undefined when there is no object. */
  setStatus(reference: ObjectReference, status: object, by: string): KubernetesObject | undefined;
  patchMetadata(reference: ObjectReference, patch: MetadataPatch, by: string): KubernetesObject | undefined;
  /** Nothing happens when there is no such object. */
  delete(reference: ObjectReference, by: string): void;
  /** Called synchronously after each change, in the order of changes, those that a listener makes included. */
  subscribe(listener: (event: KubernetesEvent) => void): () => void;
  faults: Fault[];
  /** Every write that was let through, with `detail.changed`. */
  readonly history: readonly Happening[];
  snapshot(): unknown;
  /** What the API over this world works with. */
  readonly inner: InnerWorld;
}

/** The world as its own API sees it: kinds in place of references, resource versions, the past. */
export interface InnerWorld {
  readonly kinds: () => Kinds;
  /** Those that discovery shows. */
  readonly discovered: () => Kinds;
  readonly now: () => Date;
  readonly resourceVersion: () => number;
  readonly oldestVersion: () => number;
  get(place: Place, options?: { readonly isStale?: boolean }): KubernetesObject | undefined;
  list(kind: Kind, options: { readonly namespace?: string; readonly isStale?: boolean }): readonly KubernetesObject[];
  delete(place: Place, options: { readonly by: string; readonly uid?: string }): KubernetesObject;
  since(resourceVersion: number): readonly StoredEvent[];
  subscribe(listener: (event: StoredEvent) => void): () => void;
}

export interface KubernetesWorldOptions {
  readonly now?: () => Date;
  /** What `snapshot` has returned. */
  readonly from?: unknown;
  /** After each change, before it is answered. */
  readonly onChange?: () => void;
  readonly version?: string;
  /** Carries out what the API server does by itself a moment after a change; by default in the next turn. */
  readonly later?: (work: () => void) => void;
}

interface Snapshot {
  readonly version: string;
  readonly store: StoredState;
  readonly history: readonly Happening[];
}

export function createKubernetesWorld(options: KubernetesWorldOptions = {}): KubernetesWorld {
  const saved = readSnapshot(options.from);
  const ground = createGround({
    now: options.now ?? (() => new Date()),
    onChange: options.onChange ?? (() => {}),
    later: options.later ?? setImmediate,
    ...(saved && { from: saved.store, history: saved.history }),
  });
  if (saved) ground.establishAll();
  else seedObjects(ground);
  const version = options.version ?? saved?.version ?? 'v1.34.1-eks-3cfe0ce';
  const system = ground.find({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' });
  return {
    uid: String(system?.metadata.uid),
    version,
    faults: [],
    history: ground.history,
    get: (reference) => ground.find(reference),
    list: (kind) => list(ground, kind),
    apply: (object, write) => applyObject(ground, object, write),
    create: (object, write) => createObject(ground, object, write),
    patch: (reference, change, write) => patchObject(ground, reference, { ...write, change }),
    setStatus: (reference, status, by) => setStatus(ground, reference, { status, by }),
    patchMetadata: (reference, metadata, by) =>
      ground.find(reference) && patchObject(ground, reference, { change: { metadata }, by, fieldManager: by }),
    delete(reference, by) {
      if (ground.find(reference)) deleteObject(ground, placeOf(ground.requireKind(reference), reference), { by });
    },
    subscribe: (listener) => ground.store.subscribe(({ type, object }) => listener({ type, object })),
    snapshot: (): Snapshot => ({ version, store: ground.store.state(), history: [...ground.history] }),
    inner: innerWorld(ground),
  };
}

function innerWorld(ground: Ground): InnerWorld {
  const { store } = ground;
  return {
    kinds: () => ground.kinds(),
    discovered: () => ground.discovered(),
    now: ground.now,
    resourceVersion: () => store.resourceVersion,
    oldestVersion: () => store.oldestVersion,
    get(place, { isStale = false } = {}) {
      const object = isStale ? store.before(place) : store.get(place);
      return object && inVersion(object, place.kind);
    },
    list(kind, { namespace, isStale = false }) {
      const objects = isStale ? store.listBefore(kind, namespace) : store.list(kind, namespace);
      return objects.map((object) => inVersion(object, kind));
    },
    delete: (place, options) => deleteObject(ground, place, options),
    since: (resourceVersion) => store.since(resourceVersion),
    subscribe: (listener) => store.subscribe(listener),
  };
}

/** Kinds of several versions are not converted beyond their name: CRDs say `conversion: None`. */
export function inVersion(object: KubernetesObject, kind: Kind): KubernetesObject {
  const apiVersion = apiVersionOf(kind);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

function list(
  ground: Ground,
  { namespace, ...named }: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string },
): readonly KubernetesObject[] {
  const kind = ground.kinds().find(named);
  return kind ? ground.store.list(kind, namespace).map((object) => inVersion(object, kind)) : [];
}

function setStatus(
  ground: Ground,
  reference: ObjectReference,
  { status, by }: { readonly status: object; readonly by: string },
): KubernetesObject | undefined {
  const live = ground.find(reference);
  if (!live) return undefined;
  const gone = isRecord(live['status']) ? Object.keys(live['status']).filter((field) => !(field in status)) : [];
  // A merge patch keeps what it does not name.
  const change = { status: { ...Object.fromEntries(gone.map((field) => [field, null])), ...status } };
  return patchObject(ground, reference, { change, by, fieldManager: by, subresource: 'status', isReplaced: true });
}

function readSnapshot(from: unknown): Snapshot | undefined {
  if (from === undefined) return undefined;
  if (!isRecord(from) || !isRecord(from['store']) || !Array.isArray(from['history'])) {
    throw new TypeError('this is no snapshot of a Kubernetes world');
  }
  return from as Json & Snapshot;
}
