import { partitionOf } from '../accounts/account.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import type { IamPolicies, ReadRolePolicies } from '../ports/iam-policies.ts';
import type { Registry } from '../ports/registry.ts';
import type { EcrGrantSpec, EcrPrincipal } from './ecr-grant.ts';
import { roleArn } from './grant-statements.ts';
import { look, lookTarget } from './look.ts';
import { principalSideOf } from './verify-access.ts';
import type { PrincipalSide } from './verify-access.ts';

interface LookDependencies {
  readonly registry: Registry;
  readonly iam: IamPolicies;
  readonly roleName: string;
}

export interface GrantOwner {
  readonly customer: string;
  readonly owner: CustomerRecord;
  readonly spec: Pick<EcrGrantSpec, 'registry' | 'principal'>;
}

/** The policies of the principal itself: of a role that is in one of the customer's accounts. */
export async function lookAtPrincipal(
  deps: LookDependencies,
  grant: GrantOwner,
  signal: AbortSignal,
): Promise<PrincipalSide> {
  const { principal } = grant.spec;
  switch (principal.type) {
    case 'role':
      return lookAtRole(deps, { ...grant, principal }, signal);
    case 'account':
      return unseen(
        `The grant is to account ${principal.accountId} as a whole: which of its identities can use it, their own policies ` +
          'say. A grant to a role can be verified whole.',
      );
    case 'organization':
      return unseen(
        'The grant is to all accounts of an organization: which identities there can use it, their own policies say. A ' +
          'grant to a role can be verified whole.',
      );
    case 'lambda':
      return {
        kind: 'none',
        detail:
          'Functions and their execution roles need none: Lambda pulls by itself. Whoever creates or updates a function ' +
          'from these images needs both actions, which is not tested here.',
      };
  }
}

type Role = Extract<EcrPrincipal, { readonly type: 'role' }>;

async function lookAtRole(
  { registry, iam, roleName: ourRole }: LookDependencies,
  { customer, owner, spec, principal }: GrantOwner & { readonly principal: Role },
  signal: AbortSignal,
): Promise<PrincipalSide> {
  const { accountId } = principal;
  const { account } = await registry.read({ customer, accountId });
  if (!account.record) {
    return unseen(`Account ${accountId} is not registered for the customer: the policies of its roles cannot be read.`);
  }
  const { region } = spec.registry;
  const place = { accountId, region };
  const target = lookTarget(place, { owner, roleName: ourRole, sessionName: 'fleet-api-ecr-verify' });
  const roleName = principal.roleName.split('/').at(-1) ?? '';
  const looked = await look<ReadRolePolicies>(target, () => iam.readRolePolicies({ ...target, roleName }, signal));
  if (looked.kind === 'unseen') return unseen(`The policies of the role could not be read: ${looked.detail}`);
  const wanted = roleArn(partitionOf(region), principal);
  if (looked.value.kind === 'role-missing') return { kind: 'gone', detail: `There is no role ${wanted}.` };
  const { arn } = looked.value;
  if (arn !== wanted) return { kind: 'gone', detail: `There is no role ${wanted}; the one of that name is ${arn}.` };
  return principalSideOf(looked.value);
}

function unseen(detail: string): PrincipalSide {
  return { kind: 'unseen', detail };
}
