import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { type Ground, placeOf } from './ground.ts';
import { recordAt, stringsAt } from './json.ts';
import { customResourceDefinition, type Kind, namespaceKind, storageKey } from './kinds.ts';
import { conflict, notFound } from './kubernetes-error.ts';
import type { Place } from './object-store.ts';

/**
 * Deletes an object, or marks it where finalizers hold it. A namespace takes its contents with it, a CRD its objects;
 * owners do not (there is no garbage collector here). The answer is the object as it was last.
 */
export function deleteObject(
  ground: Ground,
  place: Place,
  { by, uid }: { readonly by: string; readonly uid?: string },
): KubernetesObject {
  const live = ground.store.get(place);
  if (!live) throw notFound(place.kind, place.name);
  if (uid !== undefined && uid !== live.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`;
    throw conflict(place.kind, place.name, why);
  }
  if (!isHeld(ground, place, live)) {
    remove(ground, place);
    ground.record({ verb: 'delete', by, place, changed: true, object: live });
    ground.changed();
    return live;
  }
  if (live.metadata.deletionTimestamp !== undefined) return live;
  const held = mark(ground, place, live);
  ground.record({ verb: 'delete', by, place, changed: true, object: held });
  for (const inner of contentsOf(ground, place)) {
    if (ground.store.get(inner)) deleteObject(ground, inner, { by: cleaner(place.kind) });
  }
  ground.changed();
  return held;
}

function mark(ground: Ground, place: Place, live: KubernetesObject): KubernetesObject {
  const isNamespace = storageKey(place.kind) === storageKey(namespaceKind);
  return ground.store.put(place, {
    ...live,
    ...(isNamespace && { status: { ...recordAt(live, 'status'), phase: 'Terminating' } }),
    metadata: { ...live.metadata, deletionTimestamp: ground.time(), deletionGracePeriodSeconds: 0 },
  });
}

function isHeld(ground: Ground, place: Place, object: KubernetesObject): boolean {
  if (stringsAt(object.metadata, 'finalizers').length > 0) return true;
  return contentsOf(ground, place).length > 0;
}

/** To be called when finalizers may have gone: removes what was marked, and then what waited for that. */
export function finishDeletion(ground: Ground, place: Place): void {
  const object = ground.store.get(place);
  if (object?.metadata.deletionTimestamp === undefined || isHeld(ground, place, object)) return;
  remove(ground, place);
}

function remove(ground: Ground, place: Place): void {
  ground.store.remove(place);
  const { kind, namespace } = place;
  if (namespace !== undefined) finishDeletion(ground, placeOf(namespaceKind, { name: namespace }));
  if (kind.isCustom) {
    finishDeletion(ground, placeOf(customResourceDefinition, { name: `${kind.plural}.${kind.group}` }));
  }
}

/** What has to go first: all in a namespace, all of a CRD's kind. */
function contentsOf(ground: Ground, { kind, name }: Place): readonly Place[] {
  if (storageKey(kind) === storageKey(namespaceKind)) {
    return distinctKinds(ground.kinds().all())
      .filter(({ isNamespaced }) => isNamespaced)
      .flatMap((inner) => ground.store.list(inner, name).map(({ metadata }) => placeOf(inner, metadata)));
  }
  if (storageKey(kind) !== storageKey(customResourceDefinition)) return [];
  const [plural = '', ...group] = name.split('.');
  const defined = ground
    .kinds()
    .all()
    .find((one) => one.plural === plural && one.group === group.join('.'));
  return defined ? ground.store.list(defined).map(({ metadata }) => placeOf(defined, metadata)) : [];
}

function distinctKinds(kinds: readonly Kind[]): readonly Kind[] {
  return [...new Map(kinds.map((kind) => [storageKey(kind), kind])).values()];
}

/** Who deletes what was inside, in the history. */
function cleaner(kind: Kind): string {
  return kind.kind === 'Namespace' ? 'system:serviceaccount:kube-system:namespace-controller' : 'system:apiserver';
}
