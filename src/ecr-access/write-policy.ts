import { OutsideCallError } from '../errors.ts';
import { isOurOwn, refusalOf, RefusedForNow } from '../operations/operation-failures.ts';
import type { ReadPolicy } from '../ports/ecr-registry.ts';
import type { EcrGrantResult } from '../ports/ecr-repositories.ts';
import { isSamePolicy, policyHash } from './canonical-policy.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { addressOf, grantOf } from './ecr-job.ts';
import type { EcrJob } from './ecr-job.ts';
import { grantsFor } from './grants-for.ts';
import { leaseLost, leaseRepository } from './leased-repository.ts';
import { allOf, placeGrants, shutOut } from './place-grants.ts';
import type { GrantRefusal, LeasedRepository, PlacedGrants } from './place-grants.ts';
import { settledPolicy } from './settled-policy.ts';

/** What became of one repository. */
export type PolicyOutcome =
  | { readonly kind: 'written' | 'unchanged' | 'missing' }
  /** Of the grant that the operation is about, or of the whole policy. */
  | ({ readonly kind: 'refused' } & GrantRefusal);

export interface PolicyWork {
  readonly job: EcrJob;
  /** All grants of the registry, by a read that begins after it is asked for. */
  readonly grants: () => Promise<readonly EcrGrantRecord[]>;
  /** Of a restore. */
  readonly foreignFrom?: LeasedRepository['foreignFrom'];
}

/** Rounds where somebody else writes the policy at the same time. */
const mostRounds = 4;

/**
 * Brings the policy of one repository to what the grants say, though ECR offers no way to write on a condition: lease,
 * read, write if it differs, read back. What can still be lost is an edit that somebody makes between our read and our
 * write.
 */
export async function writePolicy(work: PolicyWork, repository: string, signal: AbortSignal): Promise<PolicyOutcome> {
  const { job, foreignFrom } = work;
  const { lease, record } = await leaseRepository(job, repository, signal);
  const expected = { repository, expectedHash: record.documentHash };
  const liveNow = async () => grantsFor(await work.grants(), addressOf(job, repository), job.deps.now());
  // Both after the lease, so that whoever comes last knows all.
  const [grants, read] = await Promise.allSettled([liveNow(), settledPolicy(job, expected, signal)]);
  if (grants.status === 'rejected') throw grants.reason;
  const leased = { job, repository, lease, record, live: grants.value, liveNow, foreignFrom };
  if (isDone(leased)) return release(leased, undefined);
  if (read.status === 'rejected') return release(leased, await unread(leased, read.reason));
  try {
    return await release(leased, await place(leased, read.value, signal));
  } catch (error) {
    return release(leased, refusedCall(leased, error));
  }
}

/** What may be read later keeps nobody else waiting until then: nothing was written. */
async function unread(leased: LeasedRepository, error: unknown): Promise<PlacedGrants> {
  const { job, repository, lease } = leased;
  try {
    return refusedCall(leased, error);
  } catch (later) {
    await job.deps.repositories.letGo(addressOf(job, repository), lease);
    throw later;
  }
}

/** What ECR will refuse at this repository the next time as well keeps no other one waiting. */
function refusedCall({ record, live }: LeasedRepository, error: unknown): PlacedGrants {
  if (!(error instanceof OutsideCallError) || error.retryable || isOurOwn(error)) throw error;
  const { code, detail } = refusalOf(error);
  const cause = { code, detail };
  return { kind: 'refused', text: undefined, held: record.grants, refusals: allOf(live, cause), cause };
}

async function place(leased: LeasedRepository, first: ReadPolicy, signal: AbortSignal): Promise<PlacedGrants> {
  const { job, repository } = leased;
  const { ecr } = job.deps;
  let read = first;
  let isWritten = false;
  for (let round = 1; ; round += 1) {
    if (read.kind === 'repository-missing') return { kind: 'missing', text: undefined, held: [], refusals: new Map() };
    if (read.kind !== 'read') return shutOut(leased, read, undefined);
    const placed = await placeGrants(leased, read.text, signal);
    // Nothing was left to write after the write before.
    if (placed.kind === 'unchanged' && isWritten) return { ...placed, kind: 'written' };
    if (placed.kind !== 'written') return placed;
    isWritten = true;
    const after = await ecr.readPolicy(job.target, repository, signal);
    if (after.kind === 'read' && isSamePolicy(after.text, placed.text)) return placed;
    if (round >= mostRounds) throw unsettled(repository);
    read = await settledPolicy(job, { repository, expectedHash: policyHash(placed.text) }, signal);
  }
}

function unsettled(repository: string): RefusedForNow {
  return new RefusedForNow({
    code: 'policy-unsettled',
    detail: `Somebody wrote over the policy of ${repository} each time that we had written it.`,
    remedies: ['See who else writes it, then call again.'],
    retryable: true,
  });
}

/** An earlier attempt of the operation has been here. */
function isDone({ job, record }: LeasedRepository): boolean {
  if (record.doneBy !== job.operation.id) return false;
  const grant = grantOf(job);
  if (job.operation.kind === 'restore-ecr-policy') return false;
  if (grant === undefined) return Object.values(record.results).every((result) => result?.state !== 'REFUSED');
  return job.operation.kind === 'withdraw-ecr-grant'
    ? !record.grants.includes(grant)
    : record.results[grant]?.state === 'APPLIED';
}

/** Keeps what the work came to, and lets go; without `placed`, what was known before. */
async function release(leased: LeasedRepository, placed: PlacedGrants | undefined): Promise<PolicyOutcome> {
  const { job, repository, lease, record } = leased;
  const done = placed
    ? { grants: placed.held, results: resultsOf(leased, placed), documentHash: hashOf(leased, placed) }
    : { grants: record.grants, results: record.results, documentHash: record.documentHash };
  const isMine = await job.deps.repositories.release(addressOf(job, repository), lease, done);
  if (!isMine) throw leaseLost(repository);
  return placed ? outcomeOf(leased, placed) : { kind: 'unchanged' };
}

function hashOf({ record }: LeasedRepository, { kind, text }: PlacedGrants): string | undefined {
  switch (kind) {
    case 'missing':
      return undefined;
    case 'refused':
      // As it was judged, where it was seen: it is no drift.
      return text === undefined ? record.documentHash : policyHash(text);
    case 'unchanged':
    case 'written':
      return policyHash(text);
  }
}

function resultsOf({ job, record, ...leased }: LeasedRepository, placed: PlacedGrants): Record<string, EcrGrantResult> {
  const at = job.deps.now().toISOString();
  const { live = leased.live } = placed;
  return Object.fromEntries(
    live.flatMap(({ id, spec }) => {
      const result = resultOf(id, placed);
      // What never was there, or went, is nothing to tell of where no grant names it.
      if (result.state === 'MISSING' && 'all' in spec.repositories) return [];
      const before = record.results[id];
      const isSame = before?.state === result.state && before.code === result.code;
      return [[id, { ...result, at: isSame ? before.at : at }]];
    }),
  );
}

function resultOf(id: string, { kind, refusals, held }: PlacedGrants): Omit<EcrGrantResult, 'at'> {
  if (kind === 'missing') return { state: 'MISSING' };
  const refusal = refusals.get(id);
  if (refusal) return { state: 'REFUSED', ...refusal };
  return held.includes(id) ? { state: 'APPLIED' } : { state: 'REFUSED', code: 'policy-refused' };
}

function outcomeOf({ job }: LeasedRepository, { kind, refusals, held, cause }: PlacedGrants): PolicyOutcome {
  if (kind === 'missing') return { kind };
  const grant = grantOf(job);
  const refusal = grant === undefined ? undefined : refusals.get(grant);
  if (refusal) return { kind: 'refused', ...refusal };
  if (kind !== 'refused') return { kind };
  const isStuck = cause !== undefined && (grant === undefined || held.includes(grant));
  return isStuck ? { kind, ...cause } : { kind: 'unchanged' };
}
