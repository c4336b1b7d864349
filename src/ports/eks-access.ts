import type { KubernetesCluster } from './kubernetes-cluster.ts';

/** One customer's EKS cluster and the way to it. */
export interface EksTarget {
  readonly accountId: string;
  readonly region: string;
  readonly eksName: string;
  /** The role that we assume in the customer's account. */
  readonly roleArn: string;
  /** Made by us, one a customer; a secret of neither side, but never accepted from a body. */
  readonly externalId: string;
  /** Names the session in the customer's CloudTrail: `[A-Za-z0-9=,.@-]{2,64}`. */
  readonly sessionName: string;
}

/** `DescribeCluster`, as far as we use it. */
export interface EksCluster {
  readonly arn: string;
  /** `ACTIVE`, `CREATING`, `UPDATING`, `DELETING`, `FAILED`, `PENDING`. */
  readonly status: string;
  /** Such as `1.36`. */
  readonly kubernetesVersion: string;
  readonly endpoint: string | undefined;
  /** PEM in base64. */
  readonly certificateAuthority: string | undefined;
  /** RFC 3339; another value under the same name is another cluster. */
  readonly createdAt: string;
  readonly hasPublicEndpoint: boolean;
  /** `API`, `API_AND_CONFIG_MAP` or `CONFIG_MAP` (which knows no access entries). */
  readonly authenticationMode: string;
}

export type DescribedCluster =
  | { readonly kind: 'described'; readonly cluster: EksCluster }
  | { readonly kind: 'role-not-assumable'; readonly detail: string }
  | { readonly kind: 'cluster-not-found' }
  | { readonly kind: 'forbidden'; readonly action: string; readonly detail: string };

export type AccessEntry =
  | { readonly kind: 'present' | 'created' | 'absent'; readonly principalArn: string }
  | { readonly kind: 'forbidden'; readonly action: string; readonly detail: string };

/** The way into a customer's EKS cluster. Failures that no union covers are `OutsideCallError`s. */
export interface EksAccess {
  describeCluster(target: EksTarget, signal: AbortSignal): Promise<DescribedCluster>;
  /** Is there an access entry of ours with cluster-admin? Changes nothing. */
  findAccessEntry(target: EksTarget, signal: AbortSignal): Promise<AccessEntry>;
  /** Makes the entry and associates `AmazonEKSClusterAdminPolicy`; what is there already is left. */
  ensureAccessEntry(target: EksTarget, signal: AbortSignal): Promise<AccessEntry>;
  /**
   * A client for the API server that `DescribeCluster` named. Endpoint not allowed by configuration, or none:
   * `OutsideCallError` `rejected`. The bearer token is minted when first needed and again before it ends.
   */
  connect(target: EksTarget, cluster: EksCluster): KubernetesCluster;
}
