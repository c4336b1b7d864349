import type { AwsWorld, Principal, Role } from '../aws-world.ts';
import { accountOf, userIdOf } from '../aws-world.ts';
import { invalidPolicy, principalNotFound } from './ecr-error.ts';
import type { EcrRepository } from './ecr-repository.ts';
import { partitionOf } from './ecr-repository.ts';
import type { RepositoryPolicy } from './repository-policy.ts';
import { withPrincipals } from './repository-policy.ts';

/**
 * Whom a policy names. ECR checks that each exists (aws/aws-cdk#16376) and, like IAM with every resource-based policy,
 * keeps a role or user by its id: its ARN is shown while that one exists, the bare id once it is gone, also when another
 * was made under the name; and a document that holds such an id is refused (IAM user guide, "AWS JSON policy elements:
 * Principal"). An account's number becomes the ARN of its root. A role that was just made is not found yet
 * (hashicorp/terraform-provider-aws#39064).
 *
 * Assumed: that ECR says `Principal not found` of a bare id too; that a session's ARN needs its role and is kept as it is.
 */
export function storedPolicy(
  world: AwsWorld,
  { region }: Pick<EcrRepository, 'region'>,
  policy: RepositoryPolicy,
): RepositoryPolicy {
  return withPrincipals(policy, (principals) => principals.map((one) => storedPrincipal(world, one, region)));
}

/**
 * No two reads in a row give the principals in the same order (crossplane-contrib/provider-aws#780,
 * hashicorp/terraform-provider-aws#19365); here the list is turned by one with each call that the world has seen.
 */
export function shownPolicy(world: AwsWorld, policy: RepositoryPolicy): RepositoryPolicy {
  return withPrincipals(policy, (principals) => {
    const turn = world.trail.length % principals.length;
    return [...principals.slice(turn), ...principals.slice(0, turn)].map((one) => shownPrincipal(world, one));
  });
}

function storedPrincipal(world: AwsWorld, principal: string, region: string): string {
  if (principal === '*') return principal;
  if (/^\d{12}$/.test(principal)) {
    return storedPrincipal(world, `arn:${partitionOf(region)}:iam::${principal}:root`, region);
  }
  if (/^(AROA|AIDA)[A-Z0-9]+$/.test(principal)) throw principalNotFound();
  const [, kind] =
    /^arn:[a-z-]+:(?:iam|sts)::\d{12}:(root|role|user|assumed-role)(?:\/[\w+=,.@/-]+)?$/.exec(principal) ?? [];
  if (kind === undefined || (kind === 'root') !== principal.endsWith(':root')) throw invalidPolicy();
  if (world.accounts.get(accountOf(principal))?.exists === false) throw principalNotFound();
  switch (kind) {
    case 'role':
      return visibleRole(world, world.roles.get(principal)).roleId;
    case 'user':
      return userIdOf(found(findUser(world, principal)));
    case 'assumed-role':
      visibleRole(world, findRoleOfSession(world, principal));
      return principal;
    default:
      return principal;
  }
}

function shownPrincipal(world: AwsWorld, principal: string): string {
  const role = [...world.roles.values()].find(({ roleId }) => roleId === principal);
  const user = [...world.principals.values()].find((one) => userIdOf(one) === principal);
  return role?.arn ?? user?.arn ?? principal;
}

function visibleRole(world: AwsWorld, role: Role | undefined): Role {
  const { createdAt } = found(role);
  const visibleFrom = (createdAt?.getTime() ?? 0) + world.roleVisibilitySeconds * 1000;
  if (createdAt && world.now().getTime() < visibleFrom) throw principalNotFound();
  return found(role);
}

function findUser(world: AwsWorld, arn: string): Principal | undefined {
  return [...world.principals.values()].find((principal) => principal.arn === arn);
}

function findRoleOfSession(world: AwsWorld, sessionArn: string): Role | undefined {
  const [, name] = sessionArn.split('/');
  return [...world.roles.values()].find(
    ({ arn }) => accountOf(arn) === accountOf(sessionArn) && arn.split('/').at(-1) === name,
  );
}

function found<T>(one: T | undefined): T {
  if (one === undefined) throw principalNotFound();
  return one;
}
