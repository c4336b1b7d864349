import type { EksTarget } from '../ports/eks-access.ts';

/** The EKS actions that we call; the role in the customer's account has to allow them as well. */
const clusterActions = ['eks:DescribeCluster', 'eks:CreateAccessEntry'] as const;
const accessEntryActions = [
  'eks:DescribeAccessEntry',
  'eks:AssociateAccessPolicy',
  'eks:ListAssociatedAccessPolicies',
] as const;

/**
 * The session policy that narrows a role to one cluster and its access entries: it grants nothing, it only takes away.
 * At most 2,048 characters (STS API reference, AssumeRole, `Policy`); with EKS's longest name it has about 500.
 *
 * EKS authorises `CreateAccessEntry` on the cluster, the others on the access entry (service authorization reference,
 * "Actions, resources, and condition keys for Amazon Elastic Kubernetes Service"). GetCallerIdentity needs no right.
 */
export function eksSessionPolicy(target: Pick<EksTarget, 'roleArn' | 'accountId' | 'region' | 'eksName'>): string {
  const { accountId, region, eksName } = target;
  const prefix = `arn:${partitionOf(target.roleArn)}:eks:${region}:${accountId}`;
  const cluster = `${prefix}:cluster/${eksName}`;
  const accessEntries = `${prefix}:access-entry/${eksName}/*`;
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: clusterActions, Resource: cluster },
      { Effect: 'Allow', Action: accessEntryActions, Resource: [cluster, accessEntries] },
    ],
  });
}

/** `aws`, `aws-cn`, `aws-us-gov` … */
export function partitionOf(arn: string): string {
  return arn.split(':')[1] ?? 'aws';
}
