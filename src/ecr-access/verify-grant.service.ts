import { patienceMs } from '../clusters/reachability.ts';
import type { Reachability } from '../clusters/reachability.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import { mapAtMost } from '../operations/map-at-most.ts';
import type { EcrRegistryAccess, EcrRepository, EcrTarget } from '../ports/ecr-registry.ts';
import type { IamPolicies } from '../ports/iam-policies.ts';
import type { Registry } from '../ports/registry.ts';
import type { EcrGrantSpec } from './ecr-grant.ts';
import { noGrant } from './ecr-grant.service.ts';
import type { EcrGrantAddress } from './ecr-grant.service.ts';
import { listUntil } from './list-repositories.ts';
import type { Listing } from './list-repositories.ts';
import { lookTarget, reachabilityOf } from './look.ts';
import type { Looked } from './look.ts';
import { lookAtPolicy, missingRepository, unreadablePolicy } from './look-at-policy.ts';
import { lookAtPrincipal } from './look-at-principal.ts';
import { verifyRepository } from './verify-repository.ts';
import type { LookedAtRepository, VerifiedRepository } from './verify-repository.ts';

export interface VerifyDependencies {
  readonly registry: Registry;
  readonly ecr: EcrRegistryAccess;
  readonly iam: IamPolicies;
  /** Name of the role that every customer creates for us. */
  readonly roleName: string;
  readonly now: () => Date;
}

export interface VerifiedGrant {
  readonly observedAt: string;
  /** Of the registry. */
  readonly reachability: Reachability;
  /** How it was found out; for people. */
  readonly tested: string;
  readonly repositories: readonly VerifiedRepository[];
  /** There are more than were looked at. */
  readonly hasMore: boolean;
  /** What the verdicts are not about; for people. */
  readonly notSeen: readonly string[];
}

const mostRepositories = 100;
const atOnce = 8;

/** Whether the grant's principal can do what the grant is for, by the documents that we can read. Nothing is pulled. */
export async function verifyGrant(deps: VerifyDependencies, address: EcrGrantAddress): Promise<VerifiedGrant> {
  const { customer, id } = address;
  const found = await deps.registry.read({ customer, grant: id });
  const owner = found.customer.record;
  if (!found.grant.record || !owner) throw noGrant(address);
  const { spec } = found.grant.record;
  const observedAt = deps.now().toISOString();
  const signal = AbortSignal.timeout(patienceMs);
  const target = targetOf(deps, spec, owner);
  const [listing, side] = await Promise.all([
    listUntil(deps.ecr, { target, isEnough: (some) => isEnough(spec, some) }, signal),
    lookAtPrincipal(deps, { customer, owner, spec }, signal),
  ]);
  const names = namesOf(spec, listing);
  const keys = new Map(listing.repositories.map(({ name, kmsKeyArn }) => [name, kmsKeyArn]));
  const looked = await mapAtMost(atOnce, names.slice(0, mostRepositories), async (repository) => {
    const policy = await lookAtPolicy(deps.ecr, { target, repository }, signal);
    return { repository, policy, kmsKeyArn: keys.get(repository) };
  });
  return {
    ...{ observedAt, reachability: reachabilityOf(shutOf(looked) ?? listing.state), tested, notSeen },
    repositories: looked.map((one) => verifyRepository(spec, one, side)),
    hasMore: names.length > mostRepositories || ('all' in spec.repositories && listing.hasMore),
  };
}

const tested =
  'The policy of each repository, the policies of the role where they can be read, and its permissions boundary were ' +
  'evaluated as AWS documents it, for the actions without which nobody can pull (or push) and for an authorization token. ' +
  'Nothing was pulled or pushed.';

const notSeen: readonly string[] = [
  'The policy of the registry as a whole, which can allow or deny more.',
  'Policies of the organization, of VPC endpoints and of single sessions, which can take away.',
  'Whether keys of KMS with which repositories are encrypted can be used.',
];

/** All that is asked of the list is the names where the grant has none, and the keys of those that it names. */
function isEnough({ repositories }: EcrGrantSpec, some: readonly EcrRepository[]): boolean {
  if ('all' in repositories) return some.length > mostRepositories;
  const listed = new Set(some.map(({ name }) => name));
  return repositories.names.every((name) => listed.has(name));
}

/** Why nothing was seen of any of them. */
function shutOf(looked: readonly LookedAtRepository[]): Looked<unknown> | undefined {
  const policies = looked.map(({ policy }) => policy);
  const isShut = (policy: Looked<unknown>) =>
    policy.kind === 'unseen' && policy.code !== missingRepository && policy.code !== unreadablePolicy;
  if (policies.every(isShut)) return policies[0];
  return { kind: 'seen', value: undefined };
}

function targetOf(
  { roleName }: Pick<VerifyDependencies, 'roleName'>,
  { registry }: EcrGrantSpec,
  owner: CustomerRecord,
): EcrTarget {
  return lookTarget(registry, { owner, roleName, sessionName: 'fleet-api-ecr-verify' });
}

function namesOf({ repositories }: EcrGrantSpec, listing: Listing): readonly string[] {
  return 'names' in repositories ? repositories.names.toSorted() : listing.repositories.map(({ name }) => name);
}
