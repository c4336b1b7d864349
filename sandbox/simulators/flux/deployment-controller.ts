import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { recordAt, recordsAt, stringAt } from '../kubernetes/json.ts';
import type { Controller, Next, Surroundings } from './controller.ts';
import { keyOf, referenceOf } from './controller.ts';
import { completeWords, deploymentStatus, templateOf } from './deployment-status.ts';
import { conditionsOf } from './status-draft.ts';

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
  const pods = createPods(options.now);
  return {
    name: 'node',
    toLookAt({ type, object }) {
      if (object.kind === 'Deployment') return type === 'DELETED' ? [] : [keyOf(object)];
      if (object.kind !== 'ServiceAccount') return [];
      return world.list({ ...deploymentKind, namespace: object.metadata.namespace ?? '' }).map(keyOf);
    },
    all: () => world.list(deploymentKind).map(keyOf),
    reconcile(key) {
      const deployment = world.get(referenceOf(deploymentKind, key));
      return deployment ? reconcile(options, pods, deployment) : { kind: 'rest' };
    },
    forget: () => undefined,
  };
}

function reconcile(options: NodeOptions, pods: PodTimes, deployment: KubernetesObject): Next {
  const { world, now, startMs } = options;
  const uid = deployment.metadata.uid ?? '';
  const replicaSet = `${deployment.metadata.name}-${hashOf(templateOf(deployment))}`;
  const refusal = refusalOf(options, deployment);
  const isRunnable = refusal === undefined && !isBroken(options, deployment);
  const since = now().getTime() - pods.startedAt(deployment, { replicaSet, isRunnable });
  const isReady = isRunnable && since >= startMs;
  if (isReady) pods.ready.set(uid, replicaSet);
  const deadlineMs = 1000 * (numberIn(deployment, 'progressDeadlineSeconds') ?? 600);
  const readySet = pods.ready.get(uid);
  const rollout = {
    ...countPods({ deployment, replicaSet, readySet, isReady, refusal }),
    generation: deployment.metadata.generation ?? 0,
    isTimedOut: since >= deadlineMs,
    isComplete: readySet === replicaSet,
  };
  const status = deploymentStatus(rollout, deployment['status'], now());
  world.setStatus(referenceOf(deploymentKind, keyOf(deployment)), status, 'kube-controller-manager');
  if (isRunnable) return isReady ? { kind: 'rest' } : { kind: 'again', afterMs: startMs - since };
  return since < deadlineMs ? { kind: 'again', afterMs: deadlineMs - since } : { kind: 'rest' };
}

interface PodTimes {
  /** The ReplicaSet whose pods were ready last, by the Deployment's UID. */
  readonly ready: Map<string, string>;
  /** When the present pods began to start, as often as they do; in milliseconds since 1970. */
  startedAt(
    deployment: KubernetesObject,
    present: { readonly replicaSet: string; readonly isRunnable: boolean },
  ): number;
}

function createPods(now: () => Date): PodTimes {
  const ready = new Map<string, string>();
  const starting = new Map<string, { readonly replicaSet: string; readonly at: number }>();
  /** Those whose pods could not start when they were looked at last. */
  const blocked = new Set<string>();
  return {
    ready,
    startedAt(deployment, { replicaSet, isRunnable }) {
      const uid = deployment.metadata.uid ?? '';
      const before = starting.get(uid);
      const isUnblocked = isRunnable && blocked.delete(uid);
      if (!isRunnable) blocked.add(uid);
      if (before?.replicaSet === replicaSet && !isUnblocked) return before.at;
      // Pods that were ready before this simulator began are ready still.
      const isComplete = conditionsOf(deployment).some(({ message }) => message === completeWords(replicaSet));
      if (!before && isComplete) ready.set(uid, replicaSet);
      const at = !before && isComplete ? 0 : now().getTime();
      starting.set(uid, { replicaSet, at });
      return at;
    },
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
