import type { IamPolicies, ReadRolePolicies } from '../../src/ports/iam-policies.ts';

/** Roles of all accounts that everybody is let into. */
export interface FakeIamPolicies extends IamPolicies {
  /** By account and name: `222233334444/deployer`. */
  readonly roles: Map<string, ReadRolePolicies>;
}

export function fakeIamPolicies(): FakeIamPolicies {
  const roles = new Map<string, ReadRolePolicies>();
  return {
    roles,
    readRolePolicies: async ({ accountId, roleName }) =>
      roles.get(`${accountId}/${roleName}`) ?? { kind: 'role-missing' },
  };
}
