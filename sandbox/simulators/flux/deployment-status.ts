import { recordAt, recordsAt, stringAt } from '../kubernetes/json.ts';
import { kubernetesTime } from './status-draft.ts';

/** What there is of a Deployment's pods. */
export interface Rollout {
  readonly generation: number;
  /** Asked for. */
  readonly replicas: number;
  readonly replicaSet: string;
  /** Pods of the present template that exist, and that are ready. */
  readonly updated: number;
  readonly ready: number;
  /** Ready pods of an earlier template, which a rolling update keeps until new ones are ready. */
  readonly old: number;
  /** Why no pod can be made. */
  readonly refusal: string | undefined;
  readonly isTimedOut: boolean;
  /** All pods of the present template were ready once: the roll-out is over, whatever happens later. */
  readonly isComplete: boolean;
}

interface DeploymentCondition {
  readonly type: 'Available' | 'Progressing' | 'ReplicaFailure';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/**
 * `status` of a Deployment. Reasons and messages are those of Kubernetes' deployment controller
 * (kubernetes/kubernetes `pkg/controller/deployment/sync.go`, `progress.go`, `util/deployment_util.go`).
 */
export function deploymentStatus(rollout: Rollout, before: unknown, now: Date): object {
  const { generation, replicas, updated, ready, old } = rollout;
  const counts = {
    replicas: updated + old,
    updatedReplicas: updated,
    readyReplicas: ready + old,
    availableReplicas: ready + old,
    unavailableReplicas: Math.max(0, replicas + (old > 0 ? updated : 0) - ready - old),
  };
  // Counts that are zero are left out.
  const counted = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  const conditions = conditionsOf(rollout).map((condition) => keepTimes(condition, before, now));
  return { observedGeneration: generation, ...counted, conditions };
}

function conditionsOf(rollout: Rollout): readonly DeploymentCondition[] {
  const { replicas, ready, old, refusal } = rollout;
  const isAvailable = ready + old >= replicas;
  const available: DeploymentCondition = isAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  const failure: readonly DeploymentCondition[] =
    refusal === undefined ? [] : [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: refusal }];
  return [available, progress(rollout), ...failure];
}

export function completeWords(replicaSet: string): string {
  return `ReplicaSet "${replicaSet}" has successfully progressed.`;
}

function progress({ replicaSet, isComplete, isTimedOut }: Rollout): DeploymentCondition {
  const type = 'Progressing';
  if (isComplete) {
    return { type, status: 'True', reason: 'NewReplicaSetAvailable', message: completeWords(replicaSet) };
  }
  if (isTimedOut) {
    const message = `ReplicaSet "${replicaSet}" has timed out progressing.`;
    return { type, status: 'False', reason: 'ProgressDeadlineExceeded', message };
  }
  const message = `ReplicaSet "${replicaSet}" is progressing.`;
  return { type, status: 'True', reason: 'ReplicaSetUpdated', message };
}

function keepTimes(condition: DeploymentCondition, before: unknown, now: Date): object {
  const same = recordsAt(before, 'conditions').find((one) => stringAt(one, 'type') === condition.type);
  const isUpdated = stringAt(same, 'reason') !== condition.reason || stringAt(same, 'message') !== condition.message;
  const time = kubernetesTime(now);
  return {
    ...condition,
    lastUpdateTime: isUpdated ? time : stringAt(same, 'lastUpdateTime'),
    lastTransitionTime: stringAt(same, 'status') === condition.status ? stringAt(same, 'lastTransitionTime') : time,
  };
}

/** The pods that a Deployment asks for. */
export function templateOf(deployment: unknown): Readonly<Record<string, unknown>> {
  return recordAt(recordAt(deployment, 'spec'), 'template');
}
