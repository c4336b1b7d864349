/** Everything that a cluster holds, for a comparison of before and after. */
import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import type { ClusterApi } from './cluster-api.ts';

/** `<group version> <resource> <namespace>/<name>` → the object. */
export type ClusterSnapshot = ReadonlyMap<string, KubernetesObject>;

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
}

/** These change all the time without anybody having changed anything. */
const volatile: ReadonlySet<string> = new Set(['leases', 'events']);

/** All objects of all kinds that can be listed. */
export async function snapshotCluster(api: ClusterApi): Promise<ClusterSnapshot> {
  const snapshot = new Map<string, KubernetesObject>();
  for (const root of await groupVersions(api)) {
    const { body } = await api.call('GET', root);
    for (const { name, verbs } of (body as ResourceList).resources) {
      if (!verbs.includes('list') || name.includes('/') || volatile.has(name)) continue;
      for (const object of await api.list(`${root}/${name}`)) {
        snapshot.set(`${root} ${name} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
      }
    }
  }
  return snapshot;
}

async function groupVersions(api: ClusterApi): Promise<readonly string[]> {
  const { body } = await api.call('GET', '/apis');
  const { groups } = body as {
    readonly groups: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
  };
  return ['/api/v1', ...groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`))];
}

/** Nothing at all was written: every object is there with the version that the API server counts up at each write. */
export function exactly(snapshot: ClusterSnapshot): Readonly<Record<string, string>> {
  return record(snapshot, ({ metadata: { uid, resourceVersion } }) => `${uid} ${resourceVersion}`);
}

/** Whoever writes a spec counts the generation up; status and annotations do not. */
export function generations(snapshot: ClusterSnapshot): Readonly<Record<string, string>> {
  return record(snapshot, ({ metadata: { uid, generation } }) => `${uid} ${generation ?? ''}`);
}

/** What objects say and mean, without what controllers report and what a request to look now leaves. */
export function contents(snapshot: ClusterSnapshot): Readonly<Record<string, object>> {
  return record(snapshot, ({ metadata, status: _status, ...content }) => {
    const { resourceVersion: _version, managedFields: _fields, annotations = {}, ...lasting } = metadata;
    const kept = Object.entries(annotations).filter(([name]) => name !== 'reconcile.fluxcd.io/requestedAt');
    return { ...content, metadata: { ...lasting, annotations: Object.fromEntries(kept) } };
  });
}

function record<T>(snapshot: ClusterSnapshot, view: (object: KubernetesObject) => T): Readonly<Record<string, T>> {
  return Object.fromEntries([...snapshot].map(([key, object]) => [key, view(object)]));
}
