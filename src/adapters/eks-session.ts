import type { EksTarget } from '../ports/eks-access.ts';
import { partitionOf } from './arn-partition.ts';
import type { CustomerSession } from './customer-account-credentials.ts';

/** The EKS actions that we call; the role in the customer's account has to allow them as well. */
const clusterActions = ['eks:DescribeCluster', 'eks:CreateAccessEntry'] as const;
const accessEntryActions = [
  'eks:DescribeAccessEntry',
  'eks:AssociateAccessPolicy',
  'eks:ListAssociatedAccessPolicies',
] as const;

/** For one cluster, and of no use at another. */
export function eksSession(target: EksTarget): CustomerSession {
  return { ...target, policy: sessionPolicy(target) };
}

/**
 * Narrows a role to one cluster and its access entries.
 * At most 2,048 characters (STS API reference, AssumeRole, `Policy`); with EKS's longest name it has about 500.
 *
 * EKS authorises `CreateAccessEntry` on the cluster, the others on the access entry (service authorization reference,
 * "Actions, resources, and condition keys for Amazon Elastic Kubernetes Service"). GetCallerIdentity needs no right.
 */
function sessionPolicy({ roleArn, accountId, region, eksName }: EksTarget): string {
  const prefix = `arn:${partitionOf(roleArn)}:eks:${region}:${accountId}`;
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
