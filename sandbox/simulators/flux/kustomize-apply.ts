import type { KubernetesObject, ObjectReference } from '../../../src/ports/kubernetes-cluster.ts';
import { isSame, recordAt, recordsAt, stringAt } from '../kubernetes/json.ts';
import { KubernetesStatusError } from '../kubernetes/kubernetes-error.ts';
import type { KubernetesWorld } from '../kubernetes/kubernetes-world.ts';
import { format, inOrder, refer } from './inventory.ts';

/**
 * How kustomize-controller applies and prunes (fluxcd/pkg `ssa/manager_apply.go`, `manager_delete.go`): definitions
 * first, each set as a dry run before anything of it is applied, and what would not change is left alone.
 */
export const fieldManager = 'kustomize-controller';
const group = 'kustomize.toolkit.fluxcd.io';

export type Applied =
  | { readonly kind: 'applied' }
  /** Definitions that the API server has not established yet. */
  | { readonly kind: 'waiting'; readonly for: readonly ObjectReference[] }
  | { readonly kind: 'failed'; readonly message: string };

/** The labels by which an object is known as the Kustomization's. */
export function withOwner(object: KubernetesObject, owner: OwnerName): KubernetesObject {
  const labels = { ...object.metadata.labels, [`${group}/name`]: owner.name, [`${group}/namespace`]: owner.namespace };
  return { ...object, metadata: { ...object.metadata, labels } };
}

export interface OwnerName {
  readonly name: string;
  readonly namespace: string;
}

export function applyStaged(world: KubernetesWorld, objects: readonly KubernetesObject[]): Applied {
  const sorted = [...objects].sort((one, other) => inOrder(refer(one), refer(other)));
  const definitions = sorted.filter(({ kind }) => definitionKinds.has(kind));
  const changes: string[] = [];
  try {
    applyAll(world, definitions, changes);
    const unready = definitions.map(refer).filter((reference) => !isEstablished(world.get(reference)));
    if (unready.length > 0) return { kind: 'waiting', for: unready };
    const rest = sorted.filter((object) => !definitions.includes(object));
    // A kind is served a moment after its definition is established; the real controller's wait is longer than that.
    const unserved = definitions.filter((definition) => rest.some((object) => isUnserved(world, definition, object)));
    if (unserved.length > 0) return { kind: 'waiting', for: unserved.map(refer) };
    applyAll(world, rest, changes);
    return { kind: 'applied' };
  } catch (error) {
    if (!(error instanceof ApplyError)) throw error;
    return { kind: 'failed', message: `${error.message}\n${changes.join('')}` };
  }
}

const definitionKinds: ReadonlySet<string> = new Set(['CustomResourceDefinition', 'Namespace', 'ClusterRole']);

function isEstablished(object: KubernetesObject | undefined): boolean {
  if (object?.kind !== 'CustomResourceDefinition') return object !== undefined;
  return recordsAt(object['status'], 'conditions').some(
    ({ type, status }) => type === 'Established' && status === 'True',
  );
}

function isUnserved(world: KubernetesWorld, definition: KubernetesObject, object: KubernetesObject): boolean {
  const spec = recordAt(definition, 'spec');
  const isOfIt =
    object.kind === recordAt(spec, 'names')['kind'] && object.apiVersion.startsWith(`${stringAt(spec, 'group')}/`);
  if (definition.kind !== 'CustomResourceDefinition' || !isOfIt) return false;
  try {
    world.apply(object, { fieldManager, by: fieldManager, force: true, dryRun: true });
    return false;
  } catch (error) {
    return error instanceof KubernetesStatusError && isUnknownKind(error);
  }
}

function isUnknownKind({ message }: KubernetesStatusError): boolean {
  return message.startsWith('no matches for kind');
}

class ApplyError extends Error {
  override readonly name = 'ApplyError';
}

function applyAll(world: KubernetesWorld, objects: readonly KubernetesObject[], changes: string[]): void {
  const drifted = objects.filter((object) => !isSkipped(world, object) && hasDrifted(world, object));
  for (const object of drifted) {
    const isNew = world.get(refer(object)) === undefined;
    try {
      world.apply(object, { fieldManager, by: fieldManager, force: true });
    } catch (error) {
      if (!(error instanceof KubernetesStatusError)) throw error;
      throw new ApplyError(`${format(object)} apply failed: ${error.message}`, { cause: error });
    }
    changes.push(`${format(object)} ${isNew ? 'created' : 'configured'}\n`);
  }
}

/** Labels or annotations with which somebody keeps the controller off an object, in the repository or in the cluster. */
function isSkipped(world: KubernetesWorld, object: KubernetesObject): boolean {
  const live = world.get(refer(object));
  const isOff = [object, live].some((one) => says(one, 'reconcile', 'disabled') || says(one, 'ssa', 'ignore'));
  return isOff || (live !== undefined && says(object, 'ssa', 'ifnotpresent'));
}

function says(object: KubernetesObject | undefined, name: string, value: string): boolean {
  const { labels, annotations } = object?.metadata ?? {};
  return [labels, annotations].some((all) => all?.[`${group}/${name}`]?.toLowerCase() === value);
}

/** `ssa/manager_diff.go`: labels, annotations and whatever is neither metadata nor status. */
function hasDrifted(world: KubernetesWorld, object: KubernetesObject): boolean {
  const live = world.get(refer(object));
  try {
    const wanted = world.apply(object, { fieldManager, by: fieldManager, force: true, dryRun: true });
    return !live || !isSame(compared(live), compared(wanted));
  } catch (error) {
    if (!(error instanceof KubernetesStatusError)) throw error;
    throw new ApplyError(dryRunWords(object, error), { cause: error });
  }
}

function compared({ metadata, ...object }: KubernetesObject): object {
  const { labels = {}, annotations = {} } = metadata;
  return { ...object, status: undefined, metadata: { labels, annotations } };
}

/** `ssa/errors/errors.go`. A kind that nobody knows is found by the client, so no reason of the API server comes with it. */
function dryRunWords(object: KubernetesObject, error: KubernetesStatusError): string {
  const { reason, message } = error;
  const isNamed = object.metadata.namespace !== undefined;
  // The client asks for a path that is not there; the API server in this process sees an object without a namespace.
  if (!isNamed && message.includes('an empty namespace may not be set')) {
    return `${format(object)} namespace not specified: the server could not find the requested resource`;
  }
  if (reason === 'NotFound' && !isUnknownKind(error)) {
    return `${format(object)} ${isNamed ? 'not found' : 'namespace not specified'}: ${message}`;
  }
  return `${format(object)} dry-run failed${isUnknownKind(error) ? '' : ` (${reason})`}: ${message}`;
}

export interface Pruned {
  /** What could not be deleted, and why. */
  readonly failures: ReadonlyMap<ObjectReference, string>;
}

/** Deletes what is still the owner's, the last applied first; `prune: disabled` keeps an object. */
export function prune(world: KubernetesWorld, references: readonly ObjectReference[], owner: OwnerName): Pruned {
  const failures = new Map<ObjectReference, string>();
  for (const reference of [...references].sort(inOrder).toReversed()) {
    const live = world.get(reference);
    if (!live || !isOwned(live, owner)) continue;
    if (says(live, 'prune', 'disabled') || says(live, 'reconcile', 'disabled') || says(live, 'ssa', 'ignore')) continue;
    try {
      world.delete(reference, fieldManager);
    } catch (error) {
      if (!(error instanceof KubernetesStatusError)) throw error;
      failures.set(reference, `${format(reference)} delete failed: ${error.message}`);
    }
  }
  return { failures };
}

function isOwned({ metadata }: KubernetesObject, { name, namespace }: OwnerName): boolean {
  return metadata.labels?.[`${group}/name`] === name && metadata.labels[`${group}/namespace`] === namespace;
}

/**
 * Where an object stands, after kstatus (fluxcd/cli-utils `pkg/kstatus/status`): as much of it as Deployments,
 * definitions and objects with a `Ready` condition need.
 */
export function healthOf(object: KubernetesObject | undefined): 'Current' | 'InProgress' | 'Failed' | 'NotFound' {
  if (!object) return 'NotFound';
  const status = recordAt(object, 'status');
  const { observedGeneration } = status;
  if (observedGeneration !== undefined && observedGeneration !== object.metadata.generation) return 'InProgress';
  const conditions = new Map(recordsAt(status, 'conditions').map((one) => [one['type'], one]));
  if (conditions.get('Stalled')?.['status'] === 'True') return 'Failed';
  if (object.kind === 'Deployment') {
    if (conditions.get('Progressing')?.['reason'] === 'ProgressDeadlineExceeded') return 'Failed';
    const wanted = recordAt(object, 'spec')['replicas'] ?? 1;
    const { replicas, updatedReplicas, availableReplicas } = status;
    // More replicas than that: old ones have not ended yet.
    const isReady = [replicas, updatedReplicas, availableReplicas].every((count) => (count ?? 0) === wanted);
    return isReady ? 'Current' : 'InProgress';
  }
  if (object.kind === 'CustomResourceDefinition') return isEstablished(object) ? 'Current' : 'InProgress';
  if (conditions.get('Reconciling')?.['status'] === 'True') return 'InProgress';
  const ready = conditions.get('Ready');
  return ready && ready['status'] !== 'True' ? 'InProgress' : 'Current';
}
