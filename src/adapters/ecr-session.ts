import type { EcrTarget } from '../ports/ecr-registry.ts';
import { partitionOf } from './arn-partition.ts';
import type { CustomerSession } from './customer-account-credentials.ts';

/** The ECR actions that we call; the role in the customer's account has to allow them as well. */
const actions = [
  'ecr:DescribeRepositories',
  'ecr:GetRepositoryPolicy',
  'ecr:SetRepositoryPolicy',
  'ecr:DeleteRepositoryPolicy',
] as const;

/** For the policies of the repositories of one registry: it can neither read nor change an image. */
export function ecrSession(target: EcrTarget): CustomerSession {
  return { ...target, policy: sessionPolicy(target) };
}

/** All four are authorised on the repository (service authorization reference, "Amazon Elastic Container Registry"). */
function sessionPolicy({ roleArn, region, accountId }: EcrTarget): string {
  const repositories = `arn:${partitionOf(roleArn)}:ecr:${region}:${accountId}:repository/*`;
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: repositories }],
  });
}
