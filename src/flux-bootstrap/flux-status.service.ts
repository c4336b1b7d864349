import { customerRoleArn, partitionOf } from '../accounts/account.ts';
import { clusterFolder, effectiveCluster } from '../clusters/cluster.ts';
import type { ClusterObservation } from '../clusters/cluster.ts';
import { getCluster } from '../clusters/cluster.service.ts';
import type { ClusterView } from '../clusters/cluster.service.ts';
import { patienceMs, type Reachability } from '../clusters/reachability.ts';
import { OutsideCallError } from '../errors.ts';
import type { EksAccess, EksCluster, EksTarget } from '../ports/eks-access.ts';
import type { KubernetesCluster, KubernetesObject } from '../ports/kubernetes-cluster.ts';
import type { Registry } from '../ports/registry.ts';
import { fluxNamespace } from './flux-options.ts';
import { field, fluxReferences } from './live-flux.ts';
import { isAvailable } from './read-live-flux.ts';
import { appliedRevision, readinessOf } from './reconciled.ts';
import { componentDeployments } from './render-components.ts';

export interface FluxStatusDependencies {
  readonly registry: Registry;
  readonly eks: EksAccess;
  readonly roleName: string;
  readonly reachesPrivateEndpoints: boolean;
  readonly now: () => Date;
}

export interface ObjectStatus {
  readonly isReady: boolean;
  readonly isSuspended: boolean;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly revision?: string | undefined;
}

export interface FluxStatus {
  /** Of the cluster; since when it has not answered, as far as anybody looked. */
  readonly reachability: Reachability & { readonly since?: string | undefined };
  /** When this was looked at. */
  readonly observedAt: string;
  /** From before; known even when nothing answers. */
  readonly lastKnown?: LastKnown | undefined;
  readonly live?: LiveStatus | undefined;
}

export interface LastKnown {
  /** What the last successful bootstrap left. */
  readonly bootstrap?: object | undefined;
  /** What was seen when the cluster last answered. */
  readonly observation?: { readonly at: string; readonly live: object } | undefined;
}

export interface LiveStatus {
  readonly isInstalled: boolean;
  readonly version?: string | undefined;
  readonly source?: ObjectStatus | undefined;
  readonly sync?: ObjectStatus | undefined;
  readonly controllers: readonly {
    readonly name: string;
    /** Absent when the Deployment is missing. */
    readonly image?: string | undefined;
    readonly isAvailable: boolean;
  }[];
}

/** The state of Flux as the cluster shows it now; what cannot be reached is said, not thrown. */
export async function getFluxStatus(
  deps: FluxStatusDependencies,
  address: { readonly customer: string; readonly id: string },
): Promise<FluxStatus> {
  const view = await getCluster(deps, address);
  const observedAt = deps.now().toISOString();
  const lastKnown = lastKnownOf(view);
  const target = eksTargetOf(deps, view);
  const outcome = await look(deps, target, componentDeployments(effectiveCluster(view.record.spec).flux));
  const before = view.runtime?.observation ?? {};
  if (outcome.kind === 'unreachable') {
    const since = before.unreachableSince ?? observedAt;
    await keep(deps, view, { ...before, unreachableSince: since });
    const { code, detail } = outcome;
    return { reachability: { isReachable: false, code, detail, since }, observedAt, lastKnown };
  }
  await keep(deps, view, { at: observedAt, live: outcome.live });
  return { reachability: { isReachable: true }, observedAt, lastKnown, live: outcome.live };
}

/** Looking often must not write often. */
const keepEverySeconds = 60;

/** What was seen is worth keeping for when nothing answers; that it could not be kept is not the caller's concern. */
async function keep(
  deps: FluxStatusDependencies,
  { record, runtime }: ClusterView,
  seen: ClusterObservation,
): Promise<void> {
  const { observation } = runtime ?? {};
  const isSameTrouble = seen.unreachableSince !== undefined && seen.unreachableSince === observation?.unreachableSince;
  const wasReachable = seen.unreachableSince === undefined && observation?.unreachableSince === undefined;
  const ageMs = Date.parse(seen.at ?? '') - Date.parse(observation?.at ?? '');
  if (isSameTrouble || (wasReachable && ageMs < keepEverySeconds * 1000)) return;
  try {
    await deps.registry.recordObservation(record.customer, record.id, seen);
  } catch (error) {
    if (!(error instanceof OutsideCallError)) throw error;
  }
}

function eksTargetOf(deps: FluxStatusDependencies, { record, customer }: ClusterView): EksTarget {
  const { accountId, region, eksName } = record.spec;
  const roleArn = customerRoleArn({ partition: partitionOf(region), accountId, roleName: deps.roleName });
  const { externalId } = customer;
  return { accountId, region, eksName, roleArn, externalId, sessionName: 'fleet-api-flux-status' };
}

function lastKnownOf({ record, runtime }: ClusterView): LastKnown | undefined {
  const { result, observation } = runtime ?? {};
  const { at, live } = observation ?? {};
  if (result === undefined && live === undefined) return undefined;
  const folder = `./${clusterFolder(record.id)}`;
  return {
    bootstrap: result && {
      ...{ at: result.at, fluxVersion: result.fluxVersion, revision: result.revision },
      ...{ keyFingerprint: result.keyFingerprint, operationId: result.operationId, path: folder },
    },
    observation: at === undefined || live === undefined ? undefined : { at, live },
  };
}

type Look =
  | { readonly kind: 'seen'; readonly live: LiveStatus }
  | { readonly kind: 'unreachable'; readonly code: string; readonly detail: string };

async function look(deps: FluxStatusDependencies, target: EksTarget, expected: readonly string[]): Promise<Look> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const described = await deps.eks.describeCluster(target, signal);
    switch (described.kind) {
      case 'role-not-assumable':
        return { kind: 'unreachable', code: 'role-not-assumable', detail: described.detail };
      case 'cluster-not-found':
        return { kind: 'unreachable', code: 'cluster-not-found', detail: `EKS knows no cluster ${target.eksName}.` };
      case 'forbidden':
        return { kind: 'unreachable', code: 'aws-permission-missing', detail: described.detail };
      case 'described':
        return await lookInside(deps, { target, cluster: described.cluster, expected }, signal);
    }
  } catch (error) {
    if (error instanceof OutsideCallError) {
      return { kind: 'unreachable', code: unreachableCode(error), detail: error.message };
    }
    throw error;
  }
}

function unreachableCode(error: OutsideCallError): string {
  if (error.system !== 'kubernetes') return 'aws-unavailable';
  if (error.failure === 'unauthenticated') return 'access-entry-missing';
  return error.failure === 'forbidden' ? 'not-cluster-admin' : 'api-server-unreachable';
}

async function lookInside(
  deps: FluxStatusDependencies,
  {
    target,
    cluster,
    expected,
  }: { readonly target: EksTarget; readonly cluster: EksCluster; readonly expected: readonly string[] },
  signal: AbortSignal,
): Promise<Look> {
  if (cluster.endpoint === undefined || cluster.certificateAuthority === undefined) {
    return { kind: 'unreachable', code: 'cluster-not-active', detail: `The cluster is ${cluster.status}.` };
  }
  if (!cluster.hasPublicEndpoint && !deps.reachesPrivateEndpoints) {
    return { kind: 'unreachable', code: 'endpoint-private', detail: 'The cluster has a private endpoint only.' };
  }
  const kubernetes = deps.eks.connect(target, cluster);
  try {
    return { kind: 'seen', live: await readLiveStatus(kubernetes, expected, signal) };
  } finally {
    await kubernetes.close();
  }
}

async function readLiveStatus(
  kubernetes: KubernetesCluster,
  expected: readonly string[],
  signal: AbortSignal,
): Promise<LiveStatus> {
  const [crd, source, sync, deployments] = await Promise.all([
    kubernetes.get(fluxReferences.crd, signal),
    kubernetes.get(fluxReferences.source, signal),
    kubernetes.get(fluxReferences.sync, signal),
    kubernetes.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: fluxNamespace }, signal),
  ]);
  return {
    isInstalled: crd !== undefined,
    version: crd?.metadata.labels?.['app.kubernetes.io/version'],
    source: source && statusOf(source, field(source, 'status', 'artifact', 'revision')),
    sync: sync && statusOf(sync, appliedRevision(sync)),
    controllers: controllersOf(deployments, crd ? expected : []),
  };
}

/** Whoever may write in the cluster's flux-system decides what stands there; what we keep of it is small all the same. */
const mostControllers = 20;
const longestText = 500;

function shortened(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

/** Those that are there, and those that are missing. */
function controllersOf(
  deployments: readonly KubernetesObject[],
  expected: readonly string[],
): LiveStatus['controllers'] {
  const present = deployments.slice(0, mostControllers).map((deployment) => ({
    name: deployment.metadata.name,
    image: shortened(imageOf(field(deployment, 'spec', 'template', 'spec', 'containers'))),
    isAvailable: isAvailable(deployment),
  }));
  const missing = expected.filter((name) => !present.some((controller) => controller.name === name));
  return [...present, ...missing.map((name) => ({ name, isAvailable: false }))];
}

function statusOf(object: Parameters<typeof readinessOf>[0], revision: unknown): ObjectStatus {
  const readiness = readinessOf(object);
  return {
    isReady: readiness.kind === 'ready',
    isSuspended: readiness.kind === 'suspended',
    ...(readiness.kind === 'not-ready'
      ? { reason: shortened(readiness.reason), message: shortened(readiness.message) }
      : {}),
    revision: typeof revision === 'string' ? shortened(revision) : undefined,
  };
}

function imageOf(containers: unknown): string {
  const first: unknown = Array.isArray(containers) ? containers[0] : undefined;
  return typeof first === 'object' && first !== null && 'image' in first ? String(first.image) : '';
}
