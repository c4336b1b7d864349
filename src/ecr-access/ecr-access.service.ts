import { partitionOf } from '../accounts/account.ts';
import { getAccount } from '../accounts/account.service.ts';
import { patienceMs } from '../clusters/reachability.ts';
import type { Reachability } from '../clusters/reachability.ts';
import type { EcrRegistryAccess } from '../ports/ecr-registry.ts';
import type { EcrRepositoryAddress, EcrRepositoryStore } from '../ports/ecr-repositories.ts';
import type { Registry } from '../ports/registry.ts';
import { covers } from './ecr-grant.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { grantsBehind } from './grants-behind.ts';
import { lookTarget, reachabilityOf } from './look.ts';
import { lookAtPolicy } from './look-at-policy.ts';
import type { SeenPolicy } from './look-at-policy.ts';
import { isOrphanedId } from './policy-warnings.ts';
import { policyLimitBytes } from './render-policy.ts';
import { whoHasAccess } from './who-has-access.ts';
import type { AccessEntry } from './who-has-access.ts';

export interface EcrAccessDependencies {
  readonly registry: Registry;
  readonly ecr: EcrRegistryAccess;
  readonly repositories: EcrRepositoryStore;
  /** Name of the role that every customer creates for us. */
  readonly roleName: string;
  readonly now: () => Date;
}

export interface ShownAccess extends Omit<AccessEntry, 'actions' | 'effect' | 'isExcepted'> {
  /** Of those for pulling and pushing, where they are not just those of `access`. */
  readonly actions?: readonly string[] | undefined;
  /** The statement means everybody but this principal. */
  readonly isExcepted?: true | undefined;
  /** Of ours: ids of the grants that it stands there for. */
  readonly grants?: readonly string[] | undefined;
  /** The id that a deleted user or role has left: nobody can be it any more. */
  readonly isOrphaned: boolean;
}

export interface EcrAccess {
  readonly repository: string;
  readonly observedAt: string;
  readonly reachability: Reachability;
  /** Absent, as are the lists: the policy could not be read. */
  readonly policy?: { readonly statements: number; readonly bytesUsed: number; readonly bytesAllowed: number };
  readonly entries?: readonly ShownAccess[];
  readonly denies?: readonly ShownAccess[];
  /** What the answer is not about; for people. */
  readonly notSeen: readonly string[];
}

/** Who may pull and push by the repository's policy, and by which statement. A registry that cannot be entered is said. */
export async function getEcrAccess(deps: EcrAccessDependencies, address: EcrRepositoryAddress): Promise<EcrAccess> {
  const { customer, registry, repository } = address;
  const { customer: owner } = await getAccount(deps, { customer, id: registry.accountId });
  const observedAt = deps.now().toISOString();
  const { roleName } = deps;
  const target = lookTarget(registry, { owner, roleName, sessionName: 'fleet-api-ecr-access' });
  const [grants, looked] = await Promise.all([
    deps.repositories.listGrants(customer, registry),
    lookAtPolicy(deps.ecr, { target, repository }, AbortSignal.timeout(patienceMs)),
  ]);
  return {
    ...{ repository, observedAt, reachability: reachabilityOf(looked), notSeen: notSeenOf(registry.accountId) },
    ...(looked.kind === 'seen' && accessBy(looked.value, { address, grants })),
  };
}

function accessBy(
  { text, document }: SeenPolicy,
  { address, grants }: { readonly address: EcrRepositoryAddress; readonly grants: readonly EcrGrantRecord[] },
): Pick<EcrAccess, 'policy' | 'entries' | 'denies'> {
  const partition = partitionOf(address.registry.region);
  const covering = grants.filter(({ spec }) => covers(spec, address.repository));
  const shown = whoHasAccess(document).map((entry) => {
    const statement = document.statements[entry.statement.index] ?? {};
    return { effect: entry.effect, entry: shownOf(entry, grantsBehind({ ...entry, statement }, covering, partition)) };
  });
  return {
    policy: {
      statements: document.statements.length,
      bytesUsed: Buffer.byteLength(text ?? ''),
      bytesAllowed: policyLimitBytes,
    },
    entries: shown.filter(({ effect }) => effect === 'Allow').map(({ entry }) => entry),
    denies: shown.filter(({ effect }) => effect === 'Deny').map(({ entry }) => entry),
  };
}

function shownOf({ effect, isExcepted, actions, ...entry }: AccessEntry, grants: readonly string[]): ShownAccess {
  return {
    ...entry,
    ...(isExcepted && { isExcepted }),
    ...((entry.access === 'partial' || effect === 'Deny') && { actions }),
    ...(entry.statement.isOurs && { grants }),
    isOrphaned: isOrphanedId(entry.principal),
  };
}

function notSeenOf(accountId: string): readonly string[] {
  return [
    `Identities of account ${accountId} itself need no statement here: policies of their own are enough.`,
    'Whether another account lets its identities use what is given here. `POST …/ecr-grants/{grant}/verify` tells it of a role.',
    'Conditions are shown as they stand, and not judged.',
    'The policy of the registry as a whole, and those of its organization.',
  ];
}
