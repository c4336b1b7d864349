import { OutsideCallError } from '../errors.ts';
import { mapAtMost } from '../operations/map-at-most.ts';
import { refusalOf } from '../operations/operation-failures.ts';
import type { Refusal } from '../operations/operation-failures.ts';
import type { EcrRegistryAccess, EcrShut, EcrTarget } from '../ports/ecr-registry.ts';
import type { EcrRepositoryRecord, EcrRepositoryStore } from '../ports/ecr-repositories.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { isLive } from './ecr-grant.ts';
import { grantsFor } from './grants-for.ts';
import { inTurn } from './in-turn.ts';
import { findingOf, isDue, retriesOf } from './registry-findings.ts';
import type { Finding, LookRhythm } from './registry-findings.ts';

export interface LookDependencies {
  readonly ecr: EcrRegistryAccess;
  readonly repositories: EcrRepositoryStore;
}

export interface SeenRegistry {
  readonly kind: 'seen';
  readonly findings: readonly Finding[];
  /** Grants whose principals are to be tried again. */
  readonly retries: readonly string[];
  /** Grants whose DELETE was accepted and did not come to its end. */
  readonly withdrawals: readonly string[];
  /** What could not be looked at, and why; for the log. */
  readonly unseen?: string | undefined;
  /** Why nothing at all could be. */
  readonly blind?: Refusal | undefined;
}

/** Reads at once in one registry. */
const concurrentReads = 8;

/** Looks at every repository of the registry that grants have to do with. It changes nothing but shows what drifted. */
export async function lookAtRegistry(
  deps: LookDependencies,
  { customer, target, rhythm }: { readonly customer: string; readonly target: EcrTarget; readonly rhythm: LookRhythm },
  signal: AbortSignal,
): Promise<SeenRegistry | EcrShut> {
  const registry = { accountId: target.accountId, region: target.region };
  const grants = await deps.repositories.listGrants(customer, registry);
  const records = await allRecords(deps, { customer, registry });
  const names = await namesToLookAt(deps, { target, grants, records, now: rhythm.now }, signal);
  if (names.kind !== 'found') return names;
  const looks = await mapAtMost(concurrentReads, inTurn(names.repositories, rhythm.now), async (repository) => {
    const read = await deps.ecr.readPolicy(target, repository, signal).catch(refused);
    if (read.kind === 'refused') return { refusal: read.refusal, trouble: `${repository}: ${read.refusal.detail}` };
    if (read.kind === 'role-not-assumable' || read.kind === 'forbidden') {
      return { shut: read, trouble: `${repository}: ${read.detail}` };
    }
    const live = grantsFor(grants, { registry, repository }, rhythm.now);
    const policy = read.kind === 'read' ? { text: read.text } : ('missing' as const);
    return { seen: { repository, policy, record: records.get(repository), live, region: target.region } };
  });
  const seen = looks.flatMap((look) => (look.seen ? [look.seen] : []));
  const [shut] = looks.flatMap((look) => (look.shut ? [look.shut] : []));
  if (seen.length === 0 && shut) return shut;
  const findings = seen.flatMap((one) => findingOf(one, rhythm) ?? []);
  for (const { repository, kind } of findings) {
    const record = records.get(repository);
    if (kind === 'drifted' && record) await deps.repositories.showDrift(record, rhythm.now.toISOString());
  }
  const retries = [...new Set(seen.flatMap((one) => retriesOf(one, rhythm)))];
  const withdrawals = grants.filter(({ isWithdrawn, updatedAt }) => isWithdrawn === true && isDue(updatedAt, rhythm));
  const troubles = looks.flatMap((look) => look.trouble ?? []);
  const unseen = troubles.length === 0 ? undefined : `${troubles.length} repositories not seen. ${troubles[0]}`;
  const [blind] = seen.length > 0 ? [] : looks.flatMap((look) => look.refusal ?? []);
  return { kind: 'seen', findings, retries, withdrawals: withdrawals.map(({ id }) => id), unseen, blind };
}

/** One that does not answer keeps no other one unseen. */
function refused(error: unknown) {
  if (!(error instanceof OutsideCallError)) throw error;
  return { kind: 'refused', refusal: refusalOf(error) } as const;
}

interface Known {
  readonly target: EcrTarget;
  readonly grants: readonly EcrGrantRecord[];
  readonly records: ReadonlyMap<string, EcrRepositoryRecord>;
  readonly now: Date;
}

type Names = { readonly kind: 'found'; readonly repositories: readonly string[] } | EcrShut;

async function namesToLookAt(
  { ecr }: LookDependencies,
  { target, grants, records, now }: Known,
  signal: AbortSignal,
): Promise<Names> {
  const live = grants.filter((grant) => isLive(grant, now));
  const names = new Set(
    live.flatMap(({ spec: { repositories } }) => ('names' in repositories ? repositories.names : [])),
  );
  // Also where no grant is left: a write that was held up may bring a right back that was withdrawn meanwhile.
  for (const repository of records.keys()) names.add(repository);
  if (!live.some(({ spec }) => 'all' in spec.repositories)) return { kind: 'found', repositories: [...names] };
  let after: string | undefined;
  do {
    const listed = await ecr.listRepositories(target, after, signal);
    if (listed.kind !== 'listed') return listed;
    for (const { name } of listed.repositories) names.add(name);
    after = listed.next;
  } while (after !== undefined);
  return { kind: 'found', repositories: [...names] };
}

async function allRecords(
  { repositories }: LookDependencies,
  place: Parameters<EcrRepositoryStore['list']>[0],
): Promise<ReadonlyMap<string, EcrRepositoryRecord>> {
  const records = new Map<string, EcrRepositoryRecord>();
  let after: string | undefined;
  do {
    const { items, next } = await repositories.list(place, { after, limit: 1000 });
    for (const { value } of items) records.set(value.repository, value);
    after = next;
  } while (after !== undefined);
  return records;
}
