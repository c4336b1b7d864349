import { customerRoleArn, partitionOf } from '../accounts/account.ts';
import { clusterFolder, effectiveCluster } from '../clusters/cluster.ts';
import { getCluster } from '../clusters/cluster.service.ts';
import type { ClusterView } from '../clusters/cluster.service.ts';
import { getCustomer } from '../customers/customer.service.ts';
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
  readonly reachability: {
    readonly isReachable: boolean;
    readonly code?: string | undefined;
    readonly detail?: string | undefined;
  };
  readonly observedAt: string;
  /** What the last successful bootstrap left; known even when nothing answers. */
  readonly lastKnown?: object | undefined;
  readonly live?: LiveStatus | undefined;
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

/** Below what API Gateway grants, with room for the answer. */
const patienceMs = 15_000;

/** The state of Flux as the cluster shows it now; what cannot be reached is said, not thrown. */
export async function getFluxStatus(
  deps: FluxStatusDependencies,
  address: { readonly customer: string; readonly id: string },
): Promise<FluxStatus> {
  const [customer, view] = await Promise.all([getCustomer(deps, address.customer), getCluster(deps, address)]);
  const observedAt = deps.now().toISOString();
  const lastKnown = lastKnownOf(view);
  const target = eksTargetOf(deps, view, customer.externalId);
  const outcome = await look(deps, target, componentDeployments(effectiveCluster(view.record.spec).flux));
  if (outcome.kind === 'unreachable') {
    return { reachability: { isReachable: false, code: outcome.code, detail: outcome.detail }, observedAt, lastKnown };
  }
  return { reachability: { isReachable: true }, observedAt, lastKnown, live: outcome.live };
}

function eksTargetOf(deps: FluxStatusDependencies, { record }: ClusterView, externalId: string): EksTarget {
  const { accountId, region, eksName } = record.spec;
  const roleArn = customerRoleArn({ partition: partitionOf(region), accountId, roleName: deps.roleName });
  return { accountId, region, eksName, roleArn, externalId, sessionName: 'fleet-api-flux-status' };
}

function lastKnownOf({ record, runtime }: ClusterView): object | undefined {
  const result = runtime?.result;
  if (!result) return undefined;
  const { at, fluxVersion, revision, keyFingerprint, operationId } = result;
  return { at, fluxVersion, revision, keyFingerprint, operationId, path: `./${clusterFolder(record.id)}` };
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

/** Those that are there, and those that are missing. */
function controllersOf(
  deployments: readonly KubernetesObject[],
  expected: readonly string[],
): LiveStatus['controllers'] {
  const present = deployments.map((deployment) => ({
    name: deployment.metadata.name,
    image: imageOf(field(deployment, 'spec', 'template', 'spec', 'containers')),
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
    ...(readiness.kind === 'not-ready' ? { reason: readiness.reason, message: readiness.message } : {}),
    revision: typeof revision === 'string' ? revision : undefined,
  };
}

function imageOf(containers: unknown): string {
  const first: unknown = Array.isArray(containers) ? containers[0] : undefined;
  return typeof first === 'object' && first !== null && 'image' in first ? String(first.image) : '';
}
