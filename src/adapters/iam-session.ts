import type { IamTarget } from '../ports/iam-policies.ts';
import { partitionOf } from './arn-partition.ts';
import type { CustomerSession } from './customer-account-credentials.ts';

/** The IAM actions that we call; the role in the customer's account has to allow them as well. */
const roleActions = [
  'iam:GetRole',
  'iam:ListRolePolicies',
  'iam:GetRolePolicy',
  'iam:ListAttachedRolePolicies',
] as const;
const policyActions = ['iam:GetPolicy', 'iam:GetPolicyVersion'] as const;

/** For one role and what is attached to it: it can look at no other, and change nothing. */
export function iamSession({ roleName, ...target }: IamTarget): CustomerSession {
  return { ...target, policy: sessionPolicy({ ...target, roleName }) };
}

/**
 * IAM authorises the first four on the role, whose path we do not know, the others on the policy (service authorization
 * reference, "AWS Identity and Access Management").
 */
function sessionPolicy({ roleArn, accountId, roleName }: IamTarget): string {
  const prefix = `arn:${partitionOf(roleArn)}:iam:`;
  const role = `${prefix}:${accountId}:role/`;
  const policies = [`${prefix}:${accountId}:policy/*`, `${prefix}:aws:policy/*`];
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: roleActions, Resource: [`${role}${roleName}`, `${role}*/${roleName}`] },
      { Effect: 'Allow', Action: policyActions, Resource: policies },
    ],
  });
}
