import { clusterFolder } from '../clusters/cluster.ts';
import { refusalOfChecks } from './check.ts';
import type { ClusterSessions } from './cluster-sessions.ts';
import { judgeDescribed } from './preflight.ts';
import type { Wanted } from './preflight.ts';
import type { BootstrapOperation, BootstrapSnapshot, Operation } from '../operations/operation.ts';
import type { Ending } from '../operations/end-operation.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { Distributions } from '../ports/distributions.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { EksAccess, EksTarget } from '../ports/eks-access.ts';
import type { GitHost, RepositoryAddress } from '../ports/git-host.ts';
import type { KubernetesCluster } from '../ports/kubernetes-cluster.ts';
import type { OperationStore } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import type { SshKeyPairs } from '../ports/ssh-key-pairs.ts';

/** What looking takes: of every port only what changes nothing. */
export interface PlanDependencies {
  readonly registry: Pick<Registry, 'getRuntime' | 'findDigest'>;
  readonly eks: Pick<EksAccess, 'describeCluster' | 'findAccessEntry' | 'connect'>;
  readonly gitHosts: ReadonlyMap<string, GitHostReads>;
  readonly distributions: Distributions;
  readonly reachesPrivateEndpoints: boolean;
  /** Told of failures on our side, whose words are for the log alone. */
  readonly onUnexpected: (operationId: string, error: unknown) => void;
}

export type GitHostReads = Pick<
  GitHost,
  | 'sshUrl'
  | 'knownHosts'
  | 'sharesDeployKeys'
  | 'inspectRepository'
  | 'listFolder'
  | 'readBlob'
  | 'listDeployKeys'
  | 'endJob'
>;

/** The review of our own access and the dry run store nothing. */
export type ClusterReads = Pick<KubernetesCluster, 'version' | 'get' | 'list' | 'isAllowed' | 'applyDryRun'>;

export interface BootstrapDependencies extends PlanDependencies {
  readonly registry: Registry;
  readonly operations: OperationStore;
  readonly events: EventLog;
  readonly eks: EksAccess;
  readonly gitHosts: ReadonlyMap<string, GitHost>;
  readonly keyPairs: SshKeyPairs;
  readonly now: () => Date;
  /** Ends after so many milliseconds, or throws as soon as the signal says so. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Told once an operation has ended, and how. */
  readonly onEnded: (operation: Operation, ending: Ending) => void;
}

/** At every Git host: former repositories may be at others than the present one. */
export async function endJobs(gitHosts: ReadonlyMap<string, Pick<GitHost, 'endJob'>>, job: string): Promise<void> {
  await Promise.all([...gitHosts.values()].map(async (gitHost) => gitHost.endJob(job)));
}

/** As much of an operation as looking needs; a plan's is never stored, and its id names it in CloudTrail only. */
export type PlanDraft = Pick<BootstrapOperation, 'id' | 'customer' | 'cluster' | 'snapshot'>;

/** A bootstrap's work as far as it can be looked at beforehand, names worked out. */
export interface PlanJob {
  readonly deps: PlanDependencies;
  readonly operation: PlanDraft;
  readonly snapshot: BootstrapSnapshot;
  readonly gitHost: GitHostReads;
  readonly address: RepositoryAddress;
  readonly wanted: Wanted;
  /** `flux/clusters/<cluster>/flux-system`: all that a bootstrap writes. */
  readonly fluxFolder: string;
}

/** One operation's work, as its steps see it: names worked out, connections shared. */
export interface BootstrapJob extends PlanJob {
  readonly deps: BootstrapDependencies;
  readonly operation: BootstrapOperation;
  readonly gitHost: GitHost;
  readonly sessions: ClusterSessions;
}

/** Works out the names; `undefined` when the customer's Git host is no longer configured. */
export function bootstrapJob(
  deps: BootstrapDependencies,
  sessions: ClusterSessions,
  operation: BootstrapOperation,
): BootstrapJob | undefined {
  const gitHost = deps.gitHosts.get(operation.snapshot.repository.host);
  const job = planJob(deps, operation);
  return gitHost && job && { ...job, deps, operation, gitHost, sessions };
}

/** The names of a job that only looks; `undefined` as above. */
export function planJob(deps: PlanDependencies, operation: PlanDraft): PlanJob | undefined {
  const { snapshot } = operation;
  const gitHost = deps.gitHosts.get(snapshot.repository.host);
  if (!gitHost) return undefined;
  const address = { owner: snapshot.repository.owner, name: snapshot.repository.name, job: operation.id };
  const folder = clusterFolder(operation.cluster);
  return {
    deps,
    operation,
    snapshot,
    gitHost,
    address,
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
export function eksTarget(operation: PlanDraft): EksTarget {
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
