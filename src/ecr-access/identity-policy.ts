import { partitionOf } from '../accounts/account.ts';
import type { EcrGrantSpec, EcrRegistry, EcrRepositories } from './ecr-grant.ts';
import { rightActions } from './grant-statements.ts';
import type { PolicyStatement } from './policy-document.ts';

export interface IdentityPolicy {
  /** Whose policy it is to be, in words. */
  readonly attachTo: string;
  readonly document: { readonly Version: '2012-10-17'; readonly Statement: readonly PolicyStatement[] };
}

/** What the other side needs beside the grant, where its policies do not allow it yet. */
export function identityPolicyFor(
  spec: Pick<EcrGrantSpec, 'registry' | 'repositories' | 'principal' | 'access'>,
): IdentityPolicy {
  const { registry, repositories, principal, access } = spec;
  const resources = repositoryArns(registry, repositories);
  if (principal.type === 'lambda') {
    return {
      attachTo:
        `The users and roles of account ${principal.accountId} that create or update functions from these images. ` +
        'The functions and their execution roles need nothing: Lambda pulls by itself.',
      document: policyOf([{ Effect: 'Allow', Action: rightActions.lambda, Resource: resources }]),
    };
  }
  return {
    attachTo: holdersOf(principal),
    document: policyOf([
      // It takes no other resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      { Effect: 'Allow', Action: rightActions[access], Resource: resources },
    ]),
  };
}

export function repositoryArns(registry: EcrRegistry, repositories: EcrRepositories): readonly string[] {
  const names = 'all' in repositories ? ['*'] : repositories.names;
  return names.map((name) => repositoryArn(registry, name));
}

export function repositoryArn({ accountId, region }: EcrRegistry, name: string): string {
  return `arn:${partitionOf(region)}:ecr:${region}:${accountId}:repository/${name}`;
}

function holdersOf(principal: Exclude<EcrGrantSpec['principal'], { readonly type: 'lambda' }>): string {
  switch (principal.type) {
    case 'account':
      return `The users and roles of account ${principal.accountId} that are to have access.`;
    case 'role':
      return `The role ${principal.roleName} of account ${principal.accountId}.`;
    case 'organization':
      return `The users and roles in accounts of the organization ${principal.organizationId} that are to have access.`;
  }
}

function policyOf(statements: readonly PolicyStatement[]): IdentityPolicy['document'] {
  return { Version: '2012-10-17', Statement: statements };
}
