/** An API server in memory that keeps the promises of src/ports/kubernetes-cluster.ts. */
import { randomUUID } from 'node:crypto';
import { OutsideCallError, type OutsideFailure } from '../../src/errors.ts';
import type {
  KubernetesCluster,
  KubernetesObject,
  ObjectMetadata,
  ObjectReference,
} from '../../src/ports/kubernetes-cluster.ts';

export interface FakeKubernetes {
  /** The port; each call makes connections of their own. */
  connect(options?: { readonly isKnown?: () => boolean }): KubernetesCluster;
  version: string;
  isClusterAdmin: boolean;
  /** What runs in the cluster. Called when somebody waits; true when it changed anything. */
  readonly controllers: (() => boolean)[];
  /** Told how long somebody has waited for nothing. */
  onWaited: (seconds: number) => void;
  openConnections: number;
  /** Around every connection: where a test breaks it. */
  around: (cluster: KubernetesCluster) => KubernetesCluster;
  /** Every write that changed something: `apply Deployment flux-system/source-controller`. */
  readonly writes: string[];
  find(reference: Omit<ObjectReference, 'apiVersion'>): KubernetesObject | undefined;
  all(): readonly KubernetesObject[];
  /** Puts an object there or changes it, as somebody else. */
  set(object: KubernetesObject): void;
  setStatus(reference: Omit<ObjectReference, 'apiVersion'>, status: object): boolean;
  remove(reference: Omit<ObjectReference, 'apiVersion'>): void;
}

type Json = Readonly<Record<string, unknown>>;

export function fakeKubernetes(): FakeKubernetes {
  const objects = new Map<string, KubernetesObject>();
  const counter = { resourceVersion: 0 };

  /** Keeps an object; its generation counts changes of anything but metadata and status. */
  function keep(object: KubernetesObject): KubernetesObject {
    const key = keyOf({ kind: object.kind, ...object.metadata });
    const before = objects.get(key);
    const { resourceVersion: _, ...metadata } = object.metadata;
    const same = before && isSame({ ...object, metadata }, withoutVersion(before));
    if (same) return before;
    counter.resourceVersion += 1;
    const isChanged = !before || !isSame(desired(object), desired(before));
    const generation = (before?.metadata.generation ?? 0) + (isChanged ? 1 : 0);
    const uid = before?.metadata.uid ?? randomUUID();
    const kept = {
      ...object,
      metadata: { ...metadata, uid, generation, resourceVersion: String(counter.resourceVersion) },
    };
    objects.set(key, kept);
    return kept;
  }

  const fake: FakeKubernetes = {
    version: 'v1.34.1-eks-abcdef0',
    isClusterAdmin: true,
    controllers: [],
    onWaited: () => undefined,
    openConnections: 0,
    around: (cluster) => cluster,
    writes: [],
    find: (reference) => objects.get(keyOf(reference)),
    all: () => [...objects.values()],
    set: (object) => void keep(plain(object)),
    setStatus(reference, status) {
      const object = objects.get(keyOf(reference));
      if (!object) return false;
      return keep({ ...object, status: plain(status) }) !== object;
    },
    remove: (reference) => void objects.delete(keyOf(reference)),
    connect({ isKnown = () => true } = {}) {
      fake.openConnections += 1;
      return fake.around(guarded(client(fake, objects, keep), { isKnown, isAdmin: () => fake.isClusterAdmin }));
    },
  };
  fake.set({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } });
  return fake;
}

function client(
  fake: FakeKubernetes,
  objects: Map<string, KubernetesObject>,
  keep: (object: KubernetesObject) => KubernetesObject,
): KubernetesCluster {
  function write(verb: string, object: KubernetesObject): KubernetesObject {
    requireNamespace(objects, object.metadata);
    const before = objects.get(keyOf({ kind: object.kind, ...object.metadata }));
    const kept = keep(object);
    if (kept !== before) fake.writes.push(`${verb} ${nameOf({ kind: object.kind, ...object.metadata })}`);
    return kept;
  }

  return {
    version: () => Promise.resolve(fake.version),
    get: async (reference) => objects.get(keyOf(reference)),
    list: async ({ kind, namespace }) =>
      [...objects.values()].filter(
        (object) => object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
      ),
    async apply(object) {
      const before = objects.get(keyOf({ kind: object.kind, ...object.metadata }));
      return write('apply', before ? (merged(before, plain(object)) as KubernetesObject) : plain(object));
    },
    async applyDryRun(object) {
      requireNamespace(objects, object.metadata);
      const before = objects.get(keyOf({ kind: object.kind, ...object.metadata }));
      return before ? (merged(before, plain(object)) as KubernetesObject) : plain(object);
    },
    async create(object) {
      if (objects.has(keyOf({ kind: object.kind, ...object.metadata }))) return { kind: 'exists' };
      write('create', plain(object));
      return { kind: 'created' };
    },
    async patch(reference, patch) {
      const before = objects.get(keyOf(reference));
      if (!before) return undefined;
      const after = merged(before, plain(patch)) as KubernetesObject;
      if (after.metadata.resourceVersion !== before.metadata.resourceVersion) {
        throw refused(`patch ${nameOf(reference)}`, { failure: 'rejected', status: 409 });
      }
      return write('patch', after);
    },
    async delete(reference, uid) {
      const object = objects.get(keyOf(reference));
      if (!object) return { kind: 'absent' };
      if (object.metadata.uid !== uid) return { kind: 'replaced' };
      objects.delete(keyOf(reference));
      fake.writes.push(`delete ${nameOf(reference)}`);
      return { kind: 'deleted' };
    },
    isAllowed: ({ verb }) => Promise.resolve(fake.isClusterAdmin || verb === 'get'),
    async watchUntil({ reference, isDone, timeoutSeconds, signal }) {
      for (;;) {
        signal.throwIfAborted();
        const object = objects.get(keyOf(reference));
        if (isDone(object)) return { isDone: true, object };
        if (fake.controllers.map((controller) => controller()).includes(true)) continue;
        fake.onWaited(timeoutSeconds);
        return { isDone: false, object };
      }
    },
    async close() {
      fake.openConnections -= 1;
    },
  };
}

/** What everybody may ask whom the API server knows. */
const openToAll: ReadonlySet<string> = new Set(['version', 'isAllowed']);

/** Before anything else, an API server asks who calls, and what that one may. */
function guarded(
  cluster: KubernetesCluster,
  caller: { readonly isKnown: () => boolean; readonly isAdmin: () => boolean },
): KubernetesCluster {
  return new Proxy(cluster, {
    get(target, name: keyof KubernetesCluster) {
      const method = target[name];
      if (name === 'close' || typeof method !== 'function') return method;
      return async (...parameters: readonly unknown[]): Promise<unknown> => {
        if (!caller.isKnown()) throw refused(name, { failure: 'unauthenticated', status: 401 });
        const mayCall = caller.isAdmin() || openToAll.has(name);
        if (!mayCall) throw refused(name, { failure: 'forbidden', status: 403 });
        return Reflect.apply(method, target, parameters);
      };
    },
  });
}

function requireNamespace(objects: ReadonlyMap<string, KubernetesObject>, { name, namespace }: ObjectMetadata): void {
  if (namespace === undefined || objects.has(keyOf({ kind: 'Namespace', name: namespace }))) return;
  throw refused(`write ${name}`, { failure: 'rejected', status: 404 });
}

function refused(
  attempted: string,
  { failure, status }: { failure: OutsideFailure; status: number },
): OutsideCallError {
  return new OutsideCallError({ system: 'kubernetes', failure, attempted, status, answer: 'Unauthorized or refused' });
}

function keyOf({ kind, name, namespace }: Omit<ObjectReference, 'apiVersion'>): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

function nameOf({ kind, name, namespace }: Omit<ObjectReference, 'apiVersion'>): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** As it travels: without what JSON does not know. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** JSON merge patch (RFC 7386); server-side apply of one manager comes to the same, where no field is taken away. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result = new Map(Object.entries(isRecord(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, merged(result.get(key), value));
  }
  return Object.fromEntries(result);
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutVersion(object: KubernetesObject): KubernetesObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function desired(object: KubernetesObject): object {
  const { metadata: _, status: __, ...rest } = object;
  return rest;
}

function isSame(one: object, other: object): boolean {
  return sorted(one) === sorted(other);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
