import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { recordAt, stringAt, stringsAt } from '../kubernetes/json.ts';
import type { KubernetesEvent } from '../kubernetes/kubernetes-world.ts';
import type { Controller, Next, Surroundings } from './controller.ts';
import { keyOf, referenceOf } from './controller.ts';
import { entriesOf, referenceOfEntry } from './inventory.ts';
import { specOf } from './kustomization-spec.ts';
import { prune } from './kustomize-apply.ts';
import { createLookedAt } from './looked-at.ts';
import { type Attempt, reconcileKustomization } from './reconcile-kustomization.ts';
import { sourceKind, type Artifacts } from './source-controller.ts';
import type { StatusDraft } from './status-draft.ts';
import { conditionsOf, draftStatus, requestedAt } from './status-draft.ts';

export const kustomizationKind = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' } as const;
const finalizer = 'finalizers.fluxcd.io';
/** Field manager of what the controller writes to its own objects. */
const statusManager = 'gotk-kustomize-controller';

export interface KustomizeControllerOptions extends Surroundings {
  readonly artifacts: Artifacts;
}

/**
 * Kustomizations, as fluxcd/kustomize-controller 1.9.3 reconciles them
 * (`internal/controller/kustomization_controller.go`); reasons and messages were compared with those of the real one.
 */
export function createKustomizeController(options: KustomizeControllerOptions): Controller {
  const { world } = options;
  const lookedAt = createLookedAt(kustomizationKind.kind);
  const revisions = new Map<string, string>();
  /** Those that wait for something to become healthy or established. */
  const waiting = new Map<string, number>();

  function dependents({ type, object }: KubernetesEvent): readonly string[] {
    if (object.kind !== sourceKind.kind) return [];
    const revision = type === 'DELETED' ? '' : stringAt(recordAt(object['status'], 'artifact'), 'revision');
    const isNew = revision !== '' && revisions.get(keyOf(object)) !== revision;
    revisions.set(keyOf(object), revision);
    return isNew ? kustomizationsOf(options, object, revision) : [];
  }

  return {
    name: 'kustomize-controller',
    toLookAt(event) {
      const anew = [...lookedAt.keysOf(event), ...dependents(event)];
      for (const key of anew) waiting.delete(key);
      return [...new Set([...anew, ...(isOwnStatus(event) ? [] : waiting.keys())])];
    },
    all: () => lookedAt.start(world.list(kustomizationKind)),
    reconcile(key) {
      return reconcile(options, key, waiting);
    },
    forget: () => waiting.clear(),
  };
}

/** What a controller that waits writes itself must not wake it. */
function isOwnStatus({ object }: KubernetesEvent): boolean {
  return object.kind === kustomizationKind.kind;
}

/** Whoever has tried the revision already, and is ready or at it, is left alone (`kustomization_indexers.go`). */
function kustomizationsOf(
  { world }: KustomizeControllerOptions,
  source: KubernetesObject,
  revision: string,
): readonly string[] {
  return world
    .list(kustomizationKind)
    .filter((object) => {
      const reference = specOf(object).source;
      return reference.kind === source.kind && `${reference.namespace}/${reference.name}` === keyOf(source);
    })
    .filter((object) => {
      const isTried = stringAt(object['status'], 'lastAttemptedRevision') === revision;
      const isAtIt = conditionsOf(object).some(
        ({ type, status }) => status === 'True' && (type === 'Ready' || type === 'Reconciling'),
      );
      return !(isTried && isAtIt);
    })
    .map(keyOf);
}

function reconcile(options: KustomizeControllerOptions, key: string, waiting: Map<string, number>): Next {
  const { world, now } = options;
  const reference = referenceOf(kustomizationKind, key);
  const found = world.get(reference);
  if (!found) {
    waiting.delete(key);
    return { kind: 'rest' };
  }
  if (found.metadata.deletionTimestamp !== undefined) return finalize(options, found);
  const finalizers = stringsAt(found.metadata, 'finalizers');
  const object = finalizers.includes(finalizer)
    ? found
    : (world.patchMetadata(reference, { finalizers: [...finalizers, finalizer] }, statusManager) ?? found);
  const draft = draftStatus(object, now);
  const spec = specOf(object);
  if (spec.isSuspended) {
    waiting.delete(key);
    return finish(options, draft, { kind: 'rest' });
  }
  const attempt: Attempt = {
    options,
    draft,
    spec,
    waitingSince: waiting.get(key),
    report: () => void world.setStatus(reference, draft.status(), statusManager),
  };
  const outcome = reconcileKustomization(attempt);
  if (outcome.kind === 'later') return { kind: 'again', afterMs: outcome.afterMs };
  if (outcome.kind === 'waiting') {
    waiting.set(key, attempt.waitingSince ?? now().getTime());
    attempt.report();
    return { kind: 'again', afterMs: outcome.afterMs };
  }
  waiting.delete(key);
  return finish(options, draft, { kind: 'again', afterMs: outcome.afterMs });
}

/** `finalizeStatus`: whatever came of it, the request has been handled, even that of a suspended object. */
function finish({ world }: KustomizeControllerOptions, draft: StatusDraft, next: Next): Next {
  const { object } = draft;
  if (requestedAt(object) !== undefined) draft.set('lastHandledReconcileAt', requestedAt(object));
  const ready = draft.condition('Ready')?.status;
  const reconciling = draft.condition('Reconciling');
  if (ready === 'True') {
    draft.unmark('Reconciling');
    draft.set('observedGeneration', object.metadata.generation);
  }
  if (ready === 'False' && reconciling) {
    draft.mark('Reconciling', { status: 'True', reason: 'ProgressingWithRetry', message: reconciling.message });
  }
  world.setStatus(referenceOf(kustomizationKind, keyOf(object)), draft.status(), statusManager);
  return next;
}

/** Deletes what it has applied, where the policy and `prune` want that, and lets go of the object. */
function finalize({ world }: KustomizeControllerOptions, object: KubernetesObject): Next {
  const spec = specOf(object);
  const owner = { name: object.metadata.name, namespace: object.metadata.namespace ?? '' };
  const isWanted = spec.deletionPolicy === 'MirrorPrune' ? spec.prunes : spec.deletionPolicy !== 'Orphan';
  if (isWanted && !spec.isSuspended) {
    const { failures } = prune(world, entriesOf(object).map(referenceOfEntry), owner);
    if (failures.size > 0) return { kind: 'retry' };
  }
  const finalizers = stringsAt(object.metadata, 'finalizers').filter((one) => one !== finalizer);
  world.patchMetadata(referenceOf(kustomizationKind, keyOf(object)), { finalizers }, statusManager);
  return { kind: 'rest' };
}
