/** The customers' side of a crash world, as the auditor sees it afterwards: whatever stands in for it. */
import type { FluxSimulator } from '../../sandbox/simulators/flux/flux-simulator.ts';
import type { KubernetesWorld } from '../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import type { KubernetesDispatcherOf } from '../../src/adapters/kubernetes-transport.ts';
import type { Distribution } from '../../src/ports/distributions.ts';
import type { EksTarget } from '../../src/ports/eks-access.ts';
import type { KubernetesCluster, KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import type { Wire } from './wire.ts';

/** One customer with one cluster and one repository. */
export interface Tenant {
  readonly customer: string;
  readonly accountId: string;
  readonly cluster: string;
  readonly repository: { readonly owner: string; readonly name: string };
}

export const region = 'eu-west-1';
export const gitHostName = 'github.example';

export function eksArnOf({ accountId, cluster }: Tenant): string {
  return `arn:aws:eks:${region}:${accountId}:cluster/${cluster}`;
}

export function endpointOf({ accountId }: Tenant): string {
  return `https://${accountId}.gr7.${region}.eks.amazonaws.com`;
}

export const acme: Tenant = {
  customer: 'acme',
  accountId: '111122223333',
  cluster: 'production',
  repository: { owner: 'acme', name: 'infrastructure' },
};

export const globex: Tenant = {
  customer: 'globex',
  accountId: '444455556666',
  cluster: 'staging',
  repository: { owner: 'globex', name: 'platform' },
};

/** A change that really happened, by the history of the system that it happened in. */
export interface Effect {
  readonly system: 'git' | 'kubernetes' | 'aws';
  /** `commit`, `add-key`, `remove-key`, `create`, `apply`, `patch`, `delete`, `CreateAccessEntry`, … */
  readonly action: string;
  /** The customer whose repository, cluster or account it was. */
  readonly owner: string;
  /** The customer whose credentials did it; absent where the history does not know. */
  readonly by?: string | undefined;
  readonly target: string;
}

/** How one customer's things stand. */
export interface Holdings {
  readonly tenant: Tenant;
  readonly commits: readonly { readonly message: string }[];
  /** Path → content, of the branch's head. */
  readonly files: ReadonlyMap<string, string>;
  readonly deployKeys: readonly { readonly title: string; readonly publicKey: string; readonly isReadOnly: boolean }[];
  /** `identity.pub` of the Secret in the cluster. */
  readonly secretPublicKey: string | undefined;
  /** What we have no business with: `<kind> <name>` → JSON. */
  readonly foreignObjects: ReadonlyMap<string, string>;
}

export interface ClustersSnapshot {
  readonly effects: readonly Effect[];
  /** By account. */
  readonly objects: ReadonlyMap<string, readonly KubernetesObject[]>;
}

export type Clusters = StandInClusters | SimulatedClusters;

interface AnyClusters {
  /** What the product renders. */
  readonly distribution: Distribution;
  effects(): readonly Effect[];
  holdings(tenant: Tenant): Pick<Holdings, 'secretPublicKey' | 'foreignObjects'>;
}

/** They stand in for the port. */
export interface StandInClusters extends AnyClusters {
  readonly kind: 'stand-in';
  snapshot(): ClustersSnapshot;
  /** Through the wire of one life. */
  connect(wire: Wire, target: EksTarget): KubernetesCluster;
}

/** The adapter meets their API servers. */
export interface SimulatedClusters extends AnyClusters {
  readonly kind: 'simulated';
  /** Through the wire of one life. */
  dispatcherOver(wire: Wire): KubernetesDispatcherOf;
  of(tenant: Tenant): { readonly kubernetes: KubernetesWorld; readonly flux: FluxSimulator };
  /** Another cluster under the same name and address. */
  replace(tenant: Tenant): void;
}
