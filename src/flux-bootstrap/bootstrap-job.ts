import { clusterFolder } from '../clusters/cluster.ts';
import { refusalOfChecks } from './check.ts';
import type { ClusterSessions } from './cluster-sessions.ts';
import { judgeDescribed } from './preflight.ts';
import type { Wanted } from './preflight.ts';
import type { BootstrapSnapshot, Operation } from '../operations/operation.ts';
import type { Ending } from '../operations/end-operation.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { Distributions } from '../ports/distributions.ts';
import type { EksAccess, EksTarget } from '../ports/eks-access.ts';
import type { GitHost, RepositoryAddress } from '../ports/git-host.ts';
import type { KubernetesCluster } from '../ports/kubernetes-cluster.ts';
import type { OperationStore } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import type { SshKeyPairs } from '../ports/ssh-key-pairs.ts';

export interface BootstrapDependencies {
  readonly registry: Registry;
  readonly operations: OperationStore;
  readonly eks: EksAccess;
  readonly gitHosts: ReadonlyMap<string, GitHost>;
  readonly distributions: Distributions;
  readonly keyPairs: SshKeyPairs;
  readonly reachesPrivateEndpoints: boolean;
  readonly now: () => Date;
  /** Ends after so many milliseconds, or throws as soon as the signal says so. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly onUnexpected: (operationId: string, error: unknown) => void;
  /** Told once an operation has ended, and how. */
  readonly onEnded: (operation: Operation, ending: Ending) => void;
}

/** One operation's work, as its steps see it: names worked out, connections shared. */
export interface BootstrapJob {
  readonly deps: BootstrapDependencies;
  readonly operation: Operation;
  readonly snapshot: BootstrapSnapshot;
  readonly gitHost: GitHost;
  readonly address: RepositoryAddress;
  readonly wanted: Wanted;
  /** `flux/clusters/<cluster>/flux-system`: all that a bootstrap writes. */
  readonly fluxFolder: string;
  readonly sessions: ClusterSessions;
}

/** Works out the names; `undefined` when the customer's Git host is no longer configured. */
export function bootstrapJob(
  deps: BootstrapDependencies,
  sessions: ClusterSessions,
  operation: Operation,
): BootstrapJob | undefined {
  const { snapshot } = operation;
  const gitHost = deps.gitHosts.get(snapshot.repository.host);
  if (!gitHost) return undefined;
  const address = { owner: snapshot.repository.owner, name: snapshot.repository.name };
  const folder = clusterFolder(operation.cluster);
  return {
    deps,
    operation,
    snapshot,
    gitHost,
    address,
    sessions,
    fluxFolder: `${folder}/flux-system`,
    wanted: {
      folder,
      repositoryUrl: gitHost.sshUrl(address),
      repositoryName: `${address.owner}/${address.name}`,
      branch: snapshot.repository.branch,
      eksName: snapshot.eksName,
      roleArn: snapshot.roleArn,
      access: snapshot.access,
      replace: snapshot.replace,
      allowPrune: snapshot.allowPrune,
      reachesPrivateEndpoints: deps.reachesPrivateEndpoints,
    },
  };
}

/** The way into the operation's cluster. The session carries the operation's id into the customer's CloudTrail. */
export function eksTarget(operation: Operation): EksTarget {
  const { accountId, region, eksName, roleArn, externalId } = operation.snapshot;
  return { accountId, region, eksName, roleArn, externalId, sessionName: operation.id.slice(0, 64) };
}

/** Runs `body` with the cluster's API; a cluster that is no longer as preflight found it is a refusal. */
export async function withCluster<T>(
  job: BootstrapJob,
  signal: AbortSignal,
  body: (kubernetes: KubernetesCluster) => Promise<BodyOutcome<T>>,
): Promise<BodyOutcome<T>> {
  const { id } = job.operation;
  const open = job.sessions.get(id);
  if (open) return job.sessions.use(id, open, body);
  const target = eksTarget(job.operation);
  const described = await job.deps.eks.describeCluster(target, signal);
  const refusal = refusalOfChecks(judgeDescribed(job.wanted, described));
  if (refusal) return { kind: 'refused', refusal };
  if (described.kind !== 'described') throw new TypeError('a cluster that was not described was not refused');
  // Two steps side by side may both come here; the second one uses what the first one made.
  const made = job.sessions.get(id);
  if (made) return job.sessions.use(id, made, body);
  const session = { cluster: described.cluster, kubernetes: job.deps.eks.connect(target, described.cluster) };
  job.sessions.put(id, session);
  return job.sessions.use(id, session, body);
}
