import { withFluxDefaults } from '../flux-bootstrap/flux-options.ts';
import type { FluxOptions, SaidFluxOptions } from '../flux-bootstrap/flux-options.ts';
import type { FinishedOperation, Leaving } from '../operations/leavings.ts';

/** What a caller may say of Flux. */
export type FluxSpec = SaidFluxOptions;

export interface ClusterSpec {
  readonly accountId: string;
  readonly region: string;
  /** The cluster's name in EKS. */
  readonly eksName: string;
  readonly environment?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** `managed`: we create our own EKS access entry; `customer`: they did. */
  readonly access?: 'managed' | 'customer' | undefined;
  readonly flux: FluxSpec;
}

export interface EffectiveClusterSpec extends ClusterSpec {
  readonly labels: Readonly<Record<string, string>>;
  readonly access: 'managed' | 'customer';
  readonly flux: FluxOptions;
}

export interface ClusterRecord {
  readonly customer: string;
  /** Names the cluster's folder in the repository. */
  readonly id: string;
  readonly spec: ClusterSpec;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What tells one EKS cluster from the next one that bears its name. */
export interface Incarnation {
  /** EKS `createdAt`. */
  readonly createdAt: string;
  /** UID of the namespace `kube-system`. */
  readonly kubeSystemUid: string;
}

/** What the last successful bootstrap left in the cluster. */
export interface ClusterResult {
  readonly operationId: string;
  readonly at: string;
  readonly fluxVersion: string;
  /** `main@sha1:…`, as Flux reports it. */
  readonly revision: string;
  /** `SHA256:…` of the deploy key. */
  readonly keyFingerprint: string;
  /** The repository's name in the fleet (`repositoryUniqueName`): nobody else may have it while the cluster reads it. */
  readonly repositoryName: string;
  /** The URL that the cluster reads. */
  readonly repositoryUrl: string;
  readonly incarnation: Incarnation;
}

/** What was last seen of a cluster's Flux (`GET …/flux`). */
export interface ClusterObservation {
  /** When the cluster last answered; absent: it never did. */
  readonly at?: string | undefined;
  /** What it showed then. */
  readonly live?: object | undefined;
  /** Since when it has not answered; absent while it does. */
  readonly unreachableSince?: string | undefined;
}

/** What we know of a cluster; an item of its own, so that a PUT never erases a claim. */
export interface ClusterRuntime {
  readonly customer: string;
  readonly cluster: string;
  /** The operation that has the cluster for itself. */
  readonly claimedBy?: string | undefined;
  /** Of the last successful bootstrap. */
  readonly result?: ClusterResult | undefined;
  readonly lastOperation?: Omit<FinishedOperation, 'leavings'> | undefined;
  /** What all operations so far may have left outside. */
  readonly leavings: readonly Leaving[];
  readonly observation?: ClusterObservation | undefined;
  /** Repositories (by their names in the fleet) that the cluster may read, forgotten or not. */
  readonly repositories: readonly string[];
  /** The cluster is being forgotten: nothing can claim it any more. */
  readonly isRetired: boolean;
  /** Version of the record that was to go. */
  readonly retiredVersion?: number | undefined;
}

/** What stays in the world when a cluster is forgotten. */
export interface Abandoned {
  readonly leavings: readonly Leaving[];
  readonly bootstrap?: ClusterResult | undefined;
}

export const clusterStates = ['REGISTERED', 'BOOTSTRAPPING', 'BOOTSTRAPPED', 'FAILED', 'DELETING'] as const;
/**
 * `BOOTSTRAPPING` an operation has the cluster; `FAILED` the last one failed (an earlier result may stand);
 * `BOOTSTRAPPED` Flux was set up; `REGISTERED` nothing of that yet; `DELETING` a DELETE was cut short: repeat it.
 */
export type ClusterState = (typeof clusterStates)[number];

interface StatedCluster {
  readonly record: Pick<ClusterRecord, 'version'>;
  readonly runtime: ClusterRuntime | undefined;
}

export function clusterState({ record, runtime }: StatedCluster): ClusterState {
  if (runtime === undefined) return 'REGISTERED';
  // One that was declared again since stays.
  if ((runtime.retiredVersion ?? 0) >= record.version) return 'DELETING';
  if (runtime.claimedBy !== undefined) return 'BOOTSTRAPPING';
  if (runtime.lastOperation?.state === 'FAILED') return 'FAILED';
  return runtime.result === undefined ? 'REGISTERED' : 'BOOTSTRAPPED';
}

/** The fields that say which EKS cluster is meant; another one needs another id. */
export const immutableClusterFields = [
  'accountId',
  'region',
  'eksName',
] as const satisfies readonly (keyof ClusterSpec)[];

/** The name under which an EKS cluster is registered once in the whole fleet. */
export function eksUniqueName(spec: Pick<ClusterSpec, 'accountId' | 'region' | 'eksName'>): string {
  return `eks/${spec.accountId}/${spec.region}/${spec.eksName}`;
}

/** The folder that the cluster's root Kustomization reads. */
export function clusterFolder(cluster: string): string {
  return `flux/clusters/${cluster}`;
}

/** The spec with its defaults filled in. */
export function effectiveCluster(spec: ClusterSpec): EffectiveClusterSpec {
  const { labels = {}, access = 'managed' } = spec;
  return { ...spec, labels, access, flux: withFluxDefaults(spec.flux) };
}

/** From the API's root. */
export function clusterPath({ customer, id }: { readonly customer: string; readonly id: string }): string {
  return `/v1/customers/${customer}/clusters/${id}`;
}
