import { partitionOf } from '../accounts/account.ts';
import type { EcrGrantSpec } from './ecr-grant.ts';
import { accountRootArn, functionArns, rightActions, roleArn } from './grant-statements.ts';
import type { AskedRequest } from './judge-statement.ts';

/** What a grant allows, as requests: its principal, and each of the actions, at any repository. */
export function requestsOf(
  spec: Pick<EcrGrantSpec, 'registry' | 'principal' | 'access'>,
): readonly Omit<AskedRequest, 'resource'>[] {
  const { principal, access } = spec;
  const partition = partitionOf(spec.registry.region);
  switch (principal.type) {
    case 'account':
      return each(rightActions[access], { principal: { arn: accountRootArn(partition, principal.accountId) } });
    case 'role':
      return each(rightActions[access], { principal: { arn: roleArn(partition, principal) } });
    case 'organization':
      return each(rightActions[access], {
        principal: { anyone: true },
        context: { 'aws:PrincipalOrgID': principal.organizationId },
      });
    case 'lambda':
      return each(rightActions.lambda, {
        principal: { service: 'lambda.amazonaws.com' },
        context: { 'aws:SourceArn': functionArns(partition, principal), 'aws:SourceAccount': principal.accountId },
      });
  }
}

function each(
  actions: readonly string[],
  rest: Pick<AskedRequest, 'principal' | 'context'>,
): readonly Omit<AskedRequest, 'resource'>[] {
  return actions.map((action) => ({ ...rest, action }));
}
