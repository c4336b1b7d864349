import type { AccessEntry } from '../../../sandbox/simulators/aws-world.ts';

/** The dynamic file of aws-iam-authenticator (`pkg/mapper/dynamicfile`, `DynamicFileData`). */
export interface AuthenticatorMappings {
  readonly mapRoles: readonly RoleMapping[];
  readonly mapUsers: readonly [];
  readonly mapAccounts: readonly [];
}

interface RoleMapping {
  readonly rolearn: string;
  readonly userid: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/**
 * Access entries as EKS lets its authenticator see them: by the role's id, not its name. What an access policy allows
 * is decided by an authorizer of EKS's own; here cluster-admin becomes `system:masters`, and other policies nothing.
 */
export function authenticatorMappings(entries: Iterable<AccessEntry>): AuthenticatorMappings {
  const mapRoles = [...entries].map((entry) => ({
    rolearn: entry.principalArn,
    userid: entry.principalId,
    username: entry.username,
    groups: [...entry.kubernetesGroups, ...(isClusterAdmin(entry) ? ['system:masters'] : [])],
  }));
  return { mapRoles, mapUsers: [], mapAccounts: [] };
}

function isClusterAdmin({ policies }: AccessEntry): boolean {
  return policies.some(
    ({ policyArn, accessScope }) =>
      policyArn.endsWith('/AmazonEKSClusterAdminPolicy') && accessScope.type === 'cluster',
  );
}
