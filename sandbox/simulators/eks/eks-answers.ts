import type { AccessEntry, AccessPolicyAssociation, Cluster } from '../aws-world.ts';

/** Times travel as seconds since 1970 (Smithy, restJson1). */
function seconds(time: Date): number {
  return time.getTime() / 1000;
}

/** EKS API reference, type Cluster. */
export function formatCluster(cluster: Cluster): object {
  return {
    name: cluster.name,
    arn: cluster.arn,
    createdAt: seconds(cluster.createdAt),
    version: cluster.version,
    endpoint: cluster.endpoint,
    roleArn: `arn:aws:iam::${cluster.accountId}:role/eks-cluster-${cluster.name}`,
    resourcesVpcConfig: {
      subnetIds: [],
      securityGroupIds: [],
      endpointPublicAccess: cluster.endpointPublicAccess,
      endpointPrivateAccess: cluster.endpointPrivateAccess,
      publicAccessCidrs: cluster.endpointPublicAccess ? ['0.0.0.0/0'] : [],
    },
    status: cluster.status,
    ...(cluster.certificateAuthority !== undefined && { certificateAuthority: { data: cluster.certificateAuthority } }),
    platformVersion: 'eks.1',
    tags: {},
    accessConfig: { authenticationMode: cluster.authenticationMode },
  };
}

/** EKS API reference, type AccessEntry. */
export function formatAccessEntry(cluster: Cluster, entry: AccessEntry): object {
  return {
    clusterName: cluster.name,
    principalArn: entry.principalArn,
    kubernetesGroups: entry.kubernetesGroups,
    accessEntryArn: entry.accessEntryArn,
    createdAt: seconds(entry.createdAt),
    modifiedAt: seconds(entry.modifiedAt),
    tags: entry.tags,
    username: entry.username,
    type: entry.type,
  };
}

/** EKS API reference, type AssociatedAccessPolicy. */
export function formatAssociation(association: AccessPolicyAssociation): object {
  return {
    policyArn: association.policyArn,
    accessScope: association.accessScope,
    associatedAt: seconds(association.associatedAt),
    modifiedAt: seconds(association.modifiedAt),
  };
}
