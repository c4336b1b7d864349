import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { changesBetween, mergeApplied, removeFields } from './field-merge.ts';
import { commonPaths, difference, type FieldSet, fieldsOf, isEmptySet, noFields, union } from './field-sets.ts';
import type { Shape } from './field-shapes.ts';
import { isRecord, isSame, type Json, without } from './json.ts';
import { applyConflict, type StatusCause } from './kubernetes-error.ts';

/** One entry of `metadata.managedFields` (meta/v1 `ManagedFieldsEntry`). */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: FieldSet;
  readonly subresource?: 'status';
}

/** Who writes, as an entry names it. */
export type Manager = Pick<ManagedFieldsEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

/** Nobody owns these (k8s.io/apimachinery `managedfields/internal/stripmeta.go`). */
const unowned = new Set(
  ['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields'].concat(
    ...['resourceVersion', 'deletionTimestamp', 'deletionGracePeriodSeconds'],
  ),
);

const identity: FieldSet = { 'f:metadata': { 'f:name': {} } };

export function entriesOf(object: KubernetesObject | undefined): readonly ManagedFieldsEntry[] {
  const entries = object?.metadata['managedFields'];
  return Array.isArray(entries) ? (entries as readonly ManagedFieldsEntry[]) : [];
}

/** The object's own words: what managers can own. */
function ownable(object: Json): Json {
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const kept = isRecord(metadata) ? Object.entries(metadata).filter(([field]) => !unowned.has(field)) : [];
  return kept.length === 0 ? rest : { ...rest, metadata: Object.fromEntries(kept) };
}

/** Server-side apply of a whole intent (structured-merge-diff `Updater.Apply`). Conflicts are thrown without `force`. */
export function applyFields(
  live: KubernetesObject | undefined,
  applied: KubernetesObject,
  options: { readonly manager: Manager; readonly shape: Shape; readonly force: boolean; readonly time: string },
): KubernetesObject {
  const { manager, shape, force, time } = options;
  const entries = entriesOf(live);
  const own = entries.find((entry) => isOf(entry, manager));
  const others = entries.filter((entry) => entry !== own);
  const fields = fieldsOf(ownable(applied), shape);
  const base = live ?? {
    apiVersion: applied.apiVersion,
    kind: applied.kind,
    metadata: { name: applied.metadata.name },
  };
  const merged = asObject(mergeApplied(base, applied, shape));
  // The name is in every intent, though nobody is told to own it.
  const owned = others.reduce<FieldSet>((all, { fieldsV1 }) => union(all, fieldsV1), union(fields, identity));
  const pruned = own ? asObject(removeFields(merged, own.fieldsV1, { owned, shape })) : merged;
  const changes = live ? changesBetween(ownable(live), ownable(pruned), shape) : undefined;
  const changed = changes?.set ?? noFields;
  const conflicts = force ? [] : others.flatMap((entry) => conflictsWith(entry, changed));
  if (conflicts.length > 0) throw applyConflict(conflicts);
  const left = changes ? others.flatMap((entry) => entryWithout(entry, union(changed, changes.removed))) : others;
  const isOwnSame = own !== undefined && isSame(own.fieldsV1, fields);
  if (live && pruned === live && isOwnSame) return live;
  const entry: ManagedFieldsEntry = isOwnSame ? { ...own, time } : entryOf(manager, fields, time);
  return withEntries(pruned, isEmptySet(fields) ? left : [entry, ...left]);
}

/** Any other write: whoever changes a field owns it alone from then on (structured-merge-diff `Updater.Update`). */
export function updateFields(
  live: KubernetesObject | undefined,
  updated: KubernetesObject,
  options: { readonly manager: Manager; readonly shape: Shape; readonly time: string },
): KubernetesObject {
  const { manager, shape, time } = options;
  const changes = changesBetween(live ? ownable(live) : {}, ownable(updated), shape);
  const entries = entriesOf(live);
  if (!changes) return withEntries(updated, entries);
  const gone = union(changes.set, changes.removed);
  const own = entries.find((entry) => isOf(entry, manager));
  const others = entries.filter((entry) => entry !== own).flatMap((entry) => entryWithout(entry, gone));
  const kept = own ? (difference(own.fieldsV1, changes.removed) ?? noFields) : noFields;
  const fields = union(kept, changes.set);
  return withEntries(updated, isEmptySet(fields) ? others : [...others, entryOf(manager, fields, time)]);
}

function isOf(entry: ManagedFieldsEntry, manager: Manager): boolean {
  return (
    entry.manager === manager.manager &&
    entry.operation === manager.operation &&
    entry.subresource === manager.subresource
  );
}

function entryOf(manager: Manager, fieldsV1: FieldSet, time: string): ManagedFieldsEntry {
  return { ...manager, time, fieldsType: 'FieldsV1', fieldsV1 };
}

function entryWithout(entry: ManagedFieldsEntry, gone: FieldSet): readonly ManagedFieldsEntry[] {
  const left = difference(entry.fieldsV1, gone);
  if (!left) return [];
  return [isSame(left, entry.fieldsV1) ? entry : { ...entry, fieldsV1: left }];
}

function conflictsWith(entry: ManagedFieldsEntry, changed: FieldSet): readonly StatusCause[] {
  const { manager, operation, apiVersion, subresource, time } = entry;
  const by = subresource === undefined ? `"${manager}"` : `"${manager}" with subresource "${subresource}"`;
  const using = operation === 'Update' ? ` using ${apiVersion} at ${time}` : '';
  return commonPaths(entry.fieldsV1, changed).map((field) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${by}${using}`,
    field,
  }));
}

function withEntries(object: KubernetesObject, entries: readonly ManagedFieldsEntry[]): KubernetesObject {
  const metadata = without(object.metadata, 'managedFields') as KubernetesObject['metadata'];
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}

function asObject(value: unknown): KubernetesObject {
  return value as KubernetesObject;
}
