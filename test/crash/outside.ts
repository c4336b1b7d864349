/** The customers' side of a crash world, as the auditor sees it afterwards: whatever stands in for it. */
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

export interface Clusters {
  snapshot(): ClustersSnapshot;
  /** Through the wire of one life. */
  connect(wire: Wire, target: EksTarget): KubernetesCluster;
  effects(): readonly Effect[];
  holdings(tenant: Tenant): Pick<Holdings, 'secretPublicKey' | 'foreignObjects'>;
}
