import { createIamPolicies } from '../adapters/iam-policies.ts';
import type { IamPolicies } from '../ports/iam-policies.ts';
import type { AwsClients } from './aws-clients.ts';
import { customerAccounts } from './customer-accounts.ts';

/** By itself, because the `inspect` function alone looks at roles: the others need not load IAM's client. */
export function createIamPort(aws: AwsClients = {}): IamPolicies {
  return createIamPolicies({ ...customerAccounts(aws), iamEndpoint: aws.endpoints?.iam });
}
