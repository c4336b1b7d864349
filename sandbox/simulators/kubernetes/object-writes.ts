import type { KubernetesObject, ObjectReference } from '../../../src/ports/kubernetes-cluster.ts';
import { shapeOf } from './field-shapes.ts';
import { type Ground, placeOf } from './ground.ts';
import { isRecord, isSame, type Json, mergePatch, without } from './json.ts';
import { apiVersionOf, customResourceDefinition, type Kind } from './kinds.ts';
import { alreadyExists, badRequest, conflict, invalid, notFound } from './kubernetes-error.ts';
import { applyFields, updateFields } from './managed-fields.ts';
import { requireOpenNamespace } from './namespaces.ts';
import { finishDeletion } from './object-deletion.ts';
import { withDefaults } from './object-defaults.ts';
import type { Place } from './object-store.ts';
import { validate } from './object-validation.ts';

export interface WriteOptions {
  readonly fieldManager: string;
  /** Whom the history names. */
  readonly by: string;
  /** Takes fields over that other managers own with other values. */
  readonly force?: boolean;
  /** Answers what would be, and stores nothing. */
  readonly dryRun?: boolean;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: 'status';
}

export function applyObject(ground: Ground, applied: KubernetesObject, options: WriteOptions): KubernetesObject {
  const kind = ground.requireKind(applied);
  const place = placeIn(kind, applied);
  const live = ground.store.get(place);
  if (applied.metadata['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
  requireNameable(kind, applied);
  requireOpenNamespace(ground, place, live);
  if (live) checkPreconditions(live, applied, kind);
  const apiVersion = live?.apiVersion ?? apiVersionOf(kind);
  const intent = { ...intentOf(withoutNulls(applied) as KubernetesObject, kind), apiVersion };
  const next = applyFields(live, intent, {
    manager: { manager: options.fieldManager, operation: 'Apply', apiVersion: applied.apiVersion },
    shape: shapeOf(kind),
    force: options.force ?? false,
    time: ground.time(),
  });
  return store(ground, { place, live, next, verb: 'apply', options });
}

export function createObject(ground: Ground, object: KubernetesObject, options: WriteOptions): KubernetesObject {
  const kind = ground.requireKind(object);
  const place = placeIn(kind, object);
  requireNameable(kind, object);
  requireOpenNamespace(ground, place, undefined);
  if (object.metadata.resourceVersion !== undefined) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  if (ground.store.get(place)) throw alreadyExists(kind, place.name);
  const next = updateFields(undefined, intentOf(withoutNulls(object) as KubernetesObject, kind), {
    manager: { manager: options.fieldManager, operation: 'Update', apiVersion: object.apiVersion },
    shape: shapeOf(kind),
    time: ground.time(),
  });
  return store(ground, { place, live: undefined, next, verb: 'create', options });
}

interface Patching extends PatchOptions {
  readonly change: object;
  /** The values of the change stand as they are, deep ones too. */
  readonly isReplaced?: boolean;
}

export function patchObject(ground: Ground, reference: ObjectReference, options: Patching): KubernetesObject {
  const kind = ground.requireKind(reference);
  const place = placeOf(kind, reference);
  const live = ground.store.get(place);
  if (!live) throw notFound(kind, place.name);
  const patched = options.isReplaced ? replaced(live, options.change) : mergePatch(live, options.change);
  if (!isRecord(patched) || !isRecord(patched['metadata'])) throw badRequest('the patch leaves no object');
  const object = patched as KubernetesObject;
  if (object.metadata.name !== place.name) {
    const why = `the name of the object (${object.metadata.name}) does not match the name on the URL (${place.name})`;
    throw badRequest(why);
  }
  checkPreconditions(live, object, kind);
  const allowed = onlySubresource(live, object, { kind, subresource: options.subresource });
  const next = updateFields(live, allowed, {
    manager: {
      ...{ manager: options.fieldManager, operation: 'Update', apiVersion: reference.apiVersion },
      ...(options.subresource && { subresource: options.subresource }),
    },
    shape: shapeOf(kind),
    time: ground.time(),
  });
  return store(ground, { place, live, next, verb: 'patch', options });
}

function replaced(live: KubernetesObject, change: object): Json {
  const { status } = change as { readonly status: Json };
  const kept = Object.fromEntries(Object.entries(status).filter(([, value]) => value !== null));
  return isSame(live['status'], kept) ? live : { ...live, status: kept };
}

/** The status subresource changes nothing else, and everything else does not change the status. */
function onlySubresource(
  live: KubernetesObject,
  object: KubernetesObject,
  { kind, subresource }: { readonly kind: Kind; readonly subresource: 'status' | undefined },
): KubernetesObject {
  if (subresource === 'status') return { ...live, status: object['status'] };
  if (!kind.hasStatus || object['status'] === live['status']) return object;
  return 'status' in live ? { ...object, status: live['status'] } : (without(object, 'status') as KubernetesObject);
}

interface Storing {
  readonly place: Place;
  readonly live: KubernetesObject | undefined;
  readonly next: KubernetesObject;
  readonly verb: 'apply' | 'create' | 'patch';
  readonly options: WriteOptions & { readonly subresource?: 'status' };
}

function store(ground: Ground, { place, live, next, verb, options }: Storing): KubernetesObject {
  const { kind } = place;
  const object = withServerFields(ground, place, { live, next: withDefaults(next, kind) });
  validate(object, kind, live);
  const changed = !live || !isSame(object, live);
  const { dryRun = false, by, fieldManager: manager, subresource } = options;
  const answerIn = (kept: KubernetesObject): KubernetesObject => {
    const apiVersion = apiVersionOf(kind);
    return kept.apiVersion === apiVersion ? kept : { ...kept, apiVersion };
  };
  if (dryRun) return answerIn(changed ? object : (live ?? object));
  const kept = live && !changed ? live : ground.store.put(place, object);
  const detail = { manager, created: !live, ...(subresource && { subresource }) };
  ground.record({ verb, by, place, changed, object: kept, detail });
  if (changed) {
    if (kind.kind === customResourceDefinition.kind && kind.group === customResourceDefinition.group) {
      ground.establishLater(place.name);
    }
    finishDeletion(ground, place);
    ground.changed();
  }
  return answerIn(kept);
}

/** What the API server alone decides: identity, times, generation. */
function withServerFields(
  ground: Ground,
  { kind, name, namespace }: Place,
  { live, next }: { readonly live: KubernetesObject | undefined; readonly next: KubernetesObject },
): KubernetesObject {
  const { resourceVersion: _, selfLink: __, ...metadata } = next.metadata;
  const before = live?.metadata;
  const generation = generationOf(kind, live, next);
  return {
    ...next,
    metadata: {
      ...without(metadata, 'generation', 'deletionTimestamp'),
      name,
      ...(namespace !== undefined && { namespace }),
      uid: before?.uid ?? ground.newUid(),
      creationTimestamp: before?.['creationTimestamp'] ?? ground.time(),
      ...(generation !== undefined && { generation }),
      ...(before?.resourceVersion !== undefined && { resourceVersion: before.resourceVersion }),
      ...(before?.deletionTimestamp !== undefined && { deletionTimestamp: before.deletionTimestamp }),
    },
  };
}

const groupsWithGeneration = new Set(['apps', 'batch', 'networking.k8s.io', 'apiextensions.k8s.io', 'policy']);

/** Counts changes of what is wished for. Kinds such as ConfigMap, Secret and Namespace have none. */
function generationOf(kind: Kind, live: KubernetesObject | undefined, next: KubernetesObject): number | undefined {
  if (!kind.isCustom && !groupsWithGeneration.has(kind.group)) return undefined;
  const before = live?.metadata.generation ?? 0;
  return live && isSame(wishOf(kind, live), wishOf(kind, next)) ? before : before + 1;
}

function wishOf(kind: Kind, object: KubernetesObject): unknown {
  if (!kind.isCustom) return object['spec'];
  return without(object, 'metadata', 'apiVersion', ...(kind.hasStatus ? ['status'] : []));
}

/** A resource version or UID that is named must be the object's. */
function checkPreconditions(live: KubernetesObject, asked: KubernetesObject, kind: Kind): void {
  const { uid, resourceVersion } = asked.metadata;
  const { name } = live.metadata;
  if (uid !== undefined && uid !== live.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`;
    throw conflict(kind, name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(kind, name, why);
  }
}

function requireNameable(kind: Kind, { metadata }: KubernetesObject): void {
  if (typeof metadata.name === 'string' && metadata.name !== '') return;
  const message = 'Required value: name or generateName is required';
  throw invalid(kind, '', [{ reason: 'FieldValueRequired', message, field: 'metadata.name' }]);
}

function placeIn(kind: Kind, { metadata }: KubernetesObject): Place {
  if (kind.isNamespaced && (metadata.namespace ?? '') === '') {
    throw badRequest('an empty namespace may not be set during creation');
  }
  return placeOf(kind, metadata);
}

/** What the caller may say: nothing of what the API server decides, and no status where that has its own path. */
function intentOf(object: KubernetesObject, kind: Kind): KubernetesObject {
  const fields = ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'managedFields'];
  const metadata = without(object.metadata, ...fields);
  const spoken = kind.hasStatus ? without(object, 'status') : object;
  return { ...spoken, metadata } as KubernetesObject;
}

/** A field that is null is one that is not there: so built-in kinds read it, and CRDs without `nullable`. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([field, inner]) => [field, withoutNulls(inner)]));
}
