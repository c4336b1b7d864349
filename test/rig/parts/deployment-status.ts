/** What the node reports of a Deployment, in the words of Kubernetes' own deployment controller. Pure. */

export interface DeploymentFacts {
  readonly generation: number;
  /** Processes asked for. */
  readonly replicas: number;
  /** A process with the present template runs. */
  readonly isRunning: boolean;
  readonly isReady: boolean;
  /** It was ready before with the present template: the roll-out is over, whatever happens later. */
  readonly wasReady: boolean;
  /** Why there is no process, where there can't be one. */
  readonly obstacle: string | undefined;
}

export interface DeploymentStatus {
  readonly observedGeneration: number;
  readonly replicas: number | null;
  readonly updatedReplicas: number | null;
  readonly readyReplicas: number | null;
  readonly availableReplicas: number | null;
  readonly unavailableReplicas: number | null;
  readonly conditions: readonly DeploymentCondition[];
}

interface DeploymentCondition {
  readonly type: 'Available' | 'Progressing';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastUpdateTime: string;
  readonly lastTransitionTime: string;
}

/** One process serves however many replicas were asked for, so more than one are never all available. */
export function deploymentStatus(
  facts: DeploymentFacts,
  previous: DeploymentStatus | undefined,
  now: string,
): DeploymentStatus {
  const running = facts.isRunning ? Math.min(facts.replicas, 1) : 0;
  const ready = facts.isReady ? running : 0;
  const isAvailable = ready === facts.replicas;
  const conditions = [available(facts, isAvailable), progressing(facts, isAvailable)];
  // In a merge patch null takes a count away; Kubernetes leaves out counts that are zero.
  return {
    observedGeneration: facts.generation,
    replicas: running || null,
    updatedReplicas: running || null,
    readyReplicas: ready || null,
    availableReplicas: ready || null,
    unavailableReplicas: facts.replicas - ready || null,
    conditions: conditions.map((condition) => keepTimes(condition, previous, now)),
  };
}

type Untimed = Omit<DeploymentCondition, 'lastUpdateTime' | 'lastTransitionTime'>;

function available(facts: DeploymentFacts, isAvailable: boolean): Untimed {
  if (isAvailable) {
    const message = 'Deployment has minimum availability.';
    return { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message };
  }
  const message = facts.obstacle ?? 'Deployment does not have minimum availability.';
  return { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message };
}

function progressing(facts: DeploymentFacts, isAvailable: boolean): Untimed {
  if (isAvailable || facts.wasReady) {
    const message = 'The controller has started.';
    return { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message };
  }
  const message = facts.obstacle ?? 'The controller is starting.';
  return { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message };
}

function keepTimes(wanted: Untimed, previous: DeploymentStatus | undefined, now: string): DeploymentCondition {
  const before = previous?.conditions.find(({ type }) => type === wanted.type);
  const isSame = before?.reason === wanted.reason && before.message === wanted.message;
  return {
    ...wanted,
    lastUpdateTime: isSame ? before.lastUpdateTime : now,
    lastTransitionTime: before?.status === wanted.status ? before.lastTransitionTime : now,
  };
}
