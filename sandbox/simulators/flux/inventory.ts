import type { KubernetesObject, ObjectReference } from '../../../src/ports/kubernetes-cluster.ts';
import { recordAt, recordsAt, stringAt } from '../kubernetes/json.ts';

/** `status.inventory.entries[]`: `<namespace>_<name>_<group>_<kind>` (fluxcd/cli-utils `pkg/object`), and the version. */
export interface InventoryEntry {
  readonly id: string;
  readonly v: string;
}

export function entryOf({ apiVersion, kind, metadata }: KubernetesObject): InventoryEntry {
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  // RBAC's names may hold colons, which labels may not.
  const name = metadata.name.replaceAll(':', '__');
  return { id: `${metadata.namespace ?? ''}_${name}_${group}_${kind}`, v: version };
}

export function referenceOfEntry({ id, v }: InventoryEntry): ObjectReference {
  const [namespace = '', ...rest] = id.split('_');
  const kind = rest.pop() ?? '';
  const group = rest.pop() ?? '';
  const name = rest.join('_').replaceAll('__', ':');
  const apiVersion = group === '' ? v : `${group}/${v}`;
  return { apiVersion, kind, name, ...(namespace !== '' && { namespace }) };
}

export function entriesOf(kustomization: KubernetesObject): readonly InventoryEntry[] {
  const inventory = recordAt(kustomization['status'], 'inventory');
  return recordsAt(inventory, 'entries').map((entry) => ({ id: stringAt(entry, 'id'), v: stringAt(entry, 'v') }));
}

/** `Deployment/flux-system/source-controller`, as messages name an object (fluxcd/pkg `ssa/utils/fmt.go`). */
export function format({ kind, ...at }: Pick<KubernetesObject, 'kind' | 'metadata'> | ObjectReference): string {
  const { namespace, name } = 'metadata' in at ? at.metadata : at;
  return [kind, ...(namespace === undefined ? [] : [namespace]), name].join('/');
}

/** fluxcd/pkg `ssa/sort.go`. */
const firstKinds: readonly string[] = [
  'CustomResourceDefinition',
  'Namespace',
  'ClusterRole',
  'ClusterClass',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const lastKinds: readonly string[] = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** The order in which objects are applied; they are deleted in the reverse of it. */
export function inOrder(one: ObjectReference, other: ObjectReference): number {
  const keys = [one, other].map(({ apiVersion, kind, namespace = '', name }) => {
    const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
    return [group, kind, namespace, name];
  });
  const place = placeOf(one.kind) - placeOf(other.kind);
  if (place !== 0) return place;
  const [left = [], right = []] = keys;
  const at = left.findIndex((part, index) => part !== right[index]);
  if (at === -1) return 0;
  return (left[at] ?? '') < (right[at] ?? '') ? -1 : 1;
}

function placeOf(kind: string): number {
  if (lastKinds.includes(kind)) return 1 + lastKinds.indexOf(kind);
  return firstKinds.includes(kind) ? firstKinds.indexOf(kind) - firstKinds.length : 0;
}

export function refer({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference {
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}
