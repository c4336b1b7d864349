import { fluxDefaults } from '../flux-bootstrap/flux-options.ts';
import type { FluxOptions } from '../flux-bootstrap/flux-options.ts';

/** What a caller may say of Flux: every option but the version has a default. */
export type FluxSpec = { readonly version: string } & {
  readonly [K in keyof Omit<FluxOptions, 'version'>]?: FluxOptions[K] | undefined;
};

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

/** What we know of a cluster; an item of its own, so that a PUT never erases a claim. */
export interface ClusterRuntime {
  readonly customer: string;
  readonly cluster: string;
  /** The operation that has the cluster for itself. */
  readonly claimedBy?: string | undefined;
  readonly result?: ClusterResult | undefined;
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
  const said = Object.fromEntries(Object.entries(spec.flux).filter(([, value]) => value !== undefined));
  return {
    ...spec,
    labels: spec.labels ?? {},
    access: spec.access ?? 'managed',
    flux: { ...fluxDefaults, ...said, version: spec.flux.version },
  };
}
