import type { EksAccess, EksTarget } from '../../src/ports/eks-access.ts';

/** A customer's account with EKS in it, as its owner sees it, and our way into it. */
export interface EksWorld {
  /** A cluster that is there from the beginning, Kubernetes 1.36, with a public endpoint. */
  readonly target: EksTarget;
  /** With our own credentials, and no session yet. */
  access(): EksAccess;
  /** In the target's account and region. */
  makeCluster(eksName: string): Promise<void>;
  deleteCluster(eksName: string): Promise<void>;
  close(): Promise<void>;
}

export interface OwnedEntry {
  readonly principalArn: string;
  readonly kubernetesGroups?: readonly string[];
  readonly policies?: readonly {
    readonly policyArn: string;
    readonly accessScope: { readonly type: string; readonly namespaces?: readonly string[] };
  }[];
}

export interface ClusterChange {
  readonly status?: string;
  /** `null`: there is none. */
  readonly endpoint?: null;
  readonly certificateAuthority?: null;
  readonly endpointPublicAccess?: boolean;
  readonly endpointPrivateAccess?: boolean;
  readonly authenticationMode?: string;
}

/** An account whose owner also says who may do what there. */
export interface GovernedEksWorld extends EksWorld {
  /** The target's role: whom it trusts (by default us), and what it may do (by default everything). */
  changeRole(change: { readonly trusts?: string; readonly statements?: readonly object[] }): Promise<void>;
  /** The target's cluster. */
  changeCluster(change: ClusterChange): Promise<void>;
  /** All access entries of the target's cluster, in place of what it has. */
  setEntries(entries: readonly OwnedEntry[]): Promise<void>;
  entries(): readonly OwnedEntry[];
}

export const clusterAdmin = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

export function signal(): AbortSignal {
  return AbortSignal.timeout(20_000);
}
