import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { recordAt, recordsAt, stringAt } from '../kubernetes/json.ts';
import type { Controller, Next, Surroundings } from './controller.ts';
import { keyOf, referenceOf } from './controller.ts';
import { completeWords, deploymentStatus, templateOf } from './deployment-status.ts';

export const deploymentKind = { apiVersion: 'apps/v1', kind: 'Deployment' } as const;

export interface NodeOptions extends Surroundings {
  /** Names of images (`ghcr.io/fluxcd/source-controller`, or the last part of it) that nothing can be started from. */
  readonly brokenImages: ReadonlySet<string>;
  /** Containers of the Deployment end as soon as they start. */
  readonly isStopped: (name: string) => boolean;
  /** From the creation of a pod until it is ready. */
  readonly startMs: number;
}

/** Deployment and ReplicaSet controller, scheduler and kubelet in one: pods are counted, and no objects. */
export function createDeploymentController(options: NodeOptions): Controller {
  const { world } = options;
  /** Since when a Deployment's present pods start, by UID. */
  const starting = new Map<string, { readonly replicaSet: string; readonly at: number }>();
  /** The template of the pods that were ready last, by UID. */
  const ready = new Map<string, string>();
  /** Those whose pods could not start when they were looked at last. */
  const blocked = new Set<string>();

  function reconcile(key: string): Next {
    const deployment = world.get(referenceOf(deploymentKind, key));
    if (!deployment) return { kind: 'rest' };
    const uid = deployment.metadata.uid ?? key;
    const replicaSet = `${deployment.metadata.name}-${hashOf(templateOf(deployment))}`;
    const refusal = refusalOf(options, deployment);
    const isRunnable = refusal === undefined && !isBroken(options, deployment);
    const since = options.now().getTime() - startedAt(deployment, { uid, replicaSet, isRunnable });
    const isReady = isRunnable && since >= options.startMs;
    if (isReady) ready.set(uid, replicaSet);
    const deadlineMs = 1000 * (numberIn(deployment, 'progressDeadlineSeconds') ?? 600);
    const rollout = {
      ...countPods({ deployment, replicaSet, readySet: ready.get(uid), isReady, refusal }),
      generation: deployment.metadata.generation ?? 0,
      isTimedOut: since >= deadlineMs,
      isComplete: ready.get(uid) === replicaSet,
    };
    const status = deploymentStatus(rollout, deployment['status'], options.now());
    world.setStatus(referenceOf(deploymentKind, key), status, 'kube-controller-manager');
    if (isRunnable) return isReady ? { kind: 'rest' } : { kind: 'again', afterMs: options.startMs - since };
    return since < deadlineMs ? { kind: 'again', afterMs: deadlineMs - since } : { kind: 'rest' };
  }

  /** When the present pods began to start, as often as they do. */
  function startedAt(
    deployment: KubernetesObject,
    { uid, replicaSet, isRunnable }: { uid: string; replicaSet: string; isRunnable: boolean },
  ): number {
    const now = options.now().getTime();
    const before = starting.get(uid);
    const isUnblocked = isRunnable && blocked.delete(uid);
    if (!isRunnable) blocked.add(uid);
    if (before?.replicaSet === replicaSet && !isUnblocked) return before.at;
    // Pods that were ready before this simulator began are ready still.
    const conditions = recordsAt(deployment['status'], 'conditions');
    const wasReady = !before && conditions.some(({ message }) => message === completeWords(replicaSet));
    if (wasReady) ready.set(uid, replicaSet);
    const at = wasReady ? 0 : now;
    starting.set(uid, { replicaSet, at });
    return at;
  }

  return {
    name: 'node',
    toLookAt({ type, object }) {
      if (object.kind === 'Deployment') {
        if (type === 'DELETED') starting.delete(object.metadata.uid ?? '');
        return type === 'DELETED' ? [] : [keyOf(object)];
      }
      if (object.kind !== 'ServiceAccount') return [];
      const { namespace = '' } = object.metadata;
      return world.list({ ...deploymentKind, namespace }).map(keyOf);
    },
    all: () => world.list(deploymentKind).map(keyOf),
    reconcile,
    forget: () => undefined,
  };
}

interface Pods {
  readonly deployment: KubernetesObject;
  readonly replicaSet: string;
  readonly readySet: string | undefined;
  readonly isReady: boolean;
  readonly refusal: string | undefined;
}

function countPods({ deployment, replicaSet, readySet, isReady, refusal }: Pods) {
  const replicas = numberIn(deployment, 'replicas') ?? 1;
  const strategy = stringAt(recordAt(deployment['spec'], 'strategy'), 'type');
  // A rolling update keeps the pods of the old template; `Recreate` ends them first.
  const isRolling = !isReady && readySet !== undefined && readySet !== replicaSet && strategy !== 'Recreate';
  return {
    replicas,
    replicaSet,
    refusal,
    updated: refusal === undefined ? replicas : 0,
    ready: isReady ? replicas : 0,
    old: isRolling ? replicas : 0,
  };
}

/** Admission of a pod (kubernetes/kubernetes `plugin/pkg/admission/serviceaccount/admission.go`). */
function refusalOf({ world }: NodeOptions, deployment: KubernetesObject): string | undefined {
  const name = stringAt(recordAt(templateOf(deployment), 'spec'), 'serviceAccountName');
  const { namespace = '' } = deployment.metadata;
  // Every namespace has one called so.
  if (name === '' || name === 'default') return undefined;
  if (world.get({ apiVersion: 'v1', kind: 'ServiceAccount', name, namespace })) return undefined;
  const pod = `${deployment.metadata.name}-${hashOf(templateOf(deployment))}-`;
  const account = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
  return `pods "${pod}" is forbidden: ${account}`;
}

function isBroken({ brokenImages, isStopped }: NodeOptions, deployment: KubernetesObject): boolean {
  if (isStopped(deployment.metadata.name)) return true;
  const containers = recordsAt(recordAt(templateOf(deployment), 'spec'), 'containers');
  return containers.some((container) => {
    const image = stringAt(container, 'image')
      .replace(/@.*$/, '')
      .replace(/:[^/]*$/, '');
    return brokenImages.has(image) || brokenImages.has(image.split('/').at(-1) ?? image);
  });
}

function numberIn(deployment: KubernetesObject, field: string): number | undefined {
  const value = recordAt(deployment, 'spec')[field];
  return typeof value === 'number' ? value : undefined;
}

function hashOf(template: unknown): string {
  return createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
}
