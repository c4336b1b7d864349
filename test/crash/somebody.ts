/** The people whose cluster it is: what they have in it beside Flux, and on objects that Flux or we write as well. */
import type { Happening } from '../../sandbox/simulators/history.ts';
import { isRecord, recordsAt, stringAt } from '../../sandbox/simulators/kubernetes/json.ts';
import type { KubernetesWorld } from '../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import { fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import type { KubernetesObject, ObjectReference } from '../../src/ports/kubernetes-cluster.ts';
import type { Tenant } from './outside.ts';

export const somebody = { fieldManager: 'kubectl', by: 'somebody' };

const theirs: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'theirs', namespace: 'default' },
  data: { key: 'value' },
};

/** Before we come: an object of theirs, and the namespace, made ready for Flux with a label and an annotation. */
export function settleIn(world: KubernetesWorld, { customer }: Tenant): void {
  world.apply(theirs, somebody);
  const { apiVersion, kind, name } = fluxReferences.namespace;
  const metadata = { name, labels: { 'example.com/team': customer }, annotations: { 'example.com/note': 'keep' } };
  world.apply({ apiVersion, kind, metadata }, somebody);
}

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: fluxReferences.namespace.name };

/** Afterwards: labels and annotations on what we and Flux have made, and the source gone, which Flux cannot mend. */
export function tinker(world: KubernetesWorld): void {
  const { crd, source, sync, secret } = fluxReferences;
  const change = { metadata: { labels: { 'example.com/seen': 'yes' }, annotations: { 'example.com/by': 'hand' } } };
  for (const reference of [crd, sync, secret, { ...deployment, name: 'source-controller' }]) {
    world.patch(reference, change, somebody);
  }
  world.delete(source, somebody.by);
}

/** Objects that they have made for themselves: `<kind> <namespace>/<name>` → JSON. */
export function foreignObjectsIn(world: KubernetesWorld): ReadonlyMap<string, string> {
  const { kind, name, namespace = '' } = { ...theirs, ...theirs.metadata };
  const found = world.get({ ...theirs, ...theirs.metadata });
  return new Map([[`${kind} ${namespace}/${name}`, JSON.stringify(found)]]);
}

/** What is theirs on objects of others, by `managedFields`: `<kind> <namespace>/<name> <field>` → JSON. */
export function foreignFieldsIn(world: KubernetesWorld): ReadonlyMap<string, string> {
  const touched = world.history.filter(({ by, action }) => by === somebody.by && action !== 'kubernetes:delete');
  const fields = touched.flatMap((write) => {
    const { target } = write;
    return fieldsOf(world.get(referenceOf(write))).map(([field, value]) => [`${target} ${field}`, value] as const);
  });
  return new Map(fields);
}

/** Every object of which a write is remembered, once, as it is now. */
export function writtenIn(world: KubernetesWorld): readonly KubernetesObject[] {
  const writes = new Map(world.history.map((write) => [write.target, write]));
  return [...writes.values()].flatMap((write) => world.get(referenceOf(write)) ?? []);
}

function referenceOf({ detail }: Happening): ObjectReference {
  const said = (field: string) => stringAt(detail, field);
  const named = { apiVersion: said('apiVersion'), kind: said('kind'), name: said('name') };
  return said('namespace') === '' ? named : { ...named, namespace: said('namespace') };
}

function fieldsOf(object: KubernetesObject | undefined): readonly (readonly [string, string])[] {
  return recordsAt(object?.metadata, 'managedFields')
    .filter(({ manager }) => manager === somebody.fieldManager)
    .flatMap(({ fieldsV1 }) => valuesOf(object, fieldsV1));
}

/** `f:metadata`, `f:labels`, `f:team` → `.metadata.labels.team` and its value. */
function valuesOf(value: unknown, set: unknown, path = ''): readonly (readonly [string, string])[] {
  const inner = Object.entries(isRecord(set) ? set : {}).filter(([segment]) => segment.startsWith('f:'));
  if (inner.length === 0) return [[path, JSON.stringify(value)]];
  return inner.flatMap(([segment, below]) => {
    const field = segment.slice('f:'.length);
    return valuesOf(isRecord(value) ? value[field] : undefined, below, `${path}.${field}`);
  });
}
