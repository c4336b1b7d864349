import { RefusedForNow } from '../operations/operation-failures.ts';
import type { FailureCode } from '../operations/operation-failures.ts';
import type { EcrShut, WrittenPolicy } from '../ports/ecr-registry.ts';
import type { EcrLease, EcrRepositoryRecord } from '../ports/ecr-repositories.ts';
import { isSamePolicy, policyHash } from './canonical-policy.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { addressOf, grantOf, refusalOfShut } from './ecr-job.ts';
import type { EcrJob } from './ecr-job.ts';
import { draftPolicy } from './draft-policy.ts';
import { findRefused } from './find-refused.ts';
import { isOurs } from './grant-statements.ts';
import { leaseLost } from './leased-repository.ts';
import { readPolicyDocument } from './policy-document.ts';
import { policyVersionId } from './policy-version.ts';
import { arePrincipalsIn } from './policy-principals.ts';
import { orphanedIds } from './policy-warnings.ts';
import { settledPolicy } from './settled-policy.ts';

/** One repository that this attempt has for itself. */
export interface LeasedRepository {
  readonly job: EcrJob;
  readonly repository: string;
  readonly lease: EcrLease;
  /** As it was when the lease was taken. */
  readonly record: EcrRepositoryRecord;
  /** The grants that give a right to it now. */
  readonly live: readonly EcrGrantRecord[];
  /** Those by a read that begins now. */
  readonly liveNow: () => Promise<readonly EcrGrantRecord[]>;
  /** Whose foreign statements the policy is to have again (a restore); absent: those that it has. */
  readonly foreignFrom?: { readonly text: string | undefined } | undefined;
}

export interface GrantRefusal {
  readonly code: FailureCode;
  readonly detail: string;
}

/** What was done to the policy, and what it holds then. */
export interface PlacedGrants {
  readonly kind: 'unchanged' | 'written' | 'refused' | 'missing';
  readonly text: string | undefined;
  /** Ids of grants. */
  readonly held: readonly string[];
  /** Of the live grants that it does not hold, by id. */
  readonly refusals: ReadonlyMap<string, GrantRefusal>;
  /** Why the policy stays as it was (`refused`). */
  readonly cause?: GrantRefusal | undefined;
  /** The grants that it was done for, where they have changed since the work began. */
  readonly live?: readonly EcrGrantRecord[] | undefined;
}

const mostTries = 24;

/** Brings the policy that was read to what the grants say. What ECR refuses is left out, and the rest goes through. */
export async function placeGrants(
  leased: LeasedRepository,
  present: string | undefined,
  signal: AbortSignal,
): Promise<PlacedGrants> {
  const { record, live } = leased;
  const refusals = new Map(withheldGrants(leased));
  const wanted = live.filter(({ id }) => !refusals.has(id));
  const desired = draft(leased, wanted, present);
  if (desired.kind === 'unreadable') {
    const cause = { code: 'policy-unreadable', detail: desired.detail } as const;
    return { kind: 'refused', text: present, held: record.grants, refusals: allOf(live, cause), cause };
  }
  for (const id of desired.tooLarge?.refused ?? []) {
    refusals.set(id, { code: 'policy-too-large', detail: desired.tooLarge?.detail ?? '' });
  }
  if (leased.foreignFrom && desired.tooLarge?.refused.some((id) => record.grants.includes(id))) {
    const cause = { code: 'policy-too-large', detail: desired.tooLarge.detail } as const;
    return { kind: 'refused', text: present, held: record.grants, refusals: new Map(), cause };
  }
  if (isSamePolicy(desired.text, present)) {
    return { kind: 'unchanged', text: present, held: desired.grants, refusals };
  }
  await announce(leased, desired.grants, present);
  // Whoever withdraws a grant finds it announced here; one that was withdrawn before that must not be written.
  const now = await leased.liveNow();
  if (!areSameGrants(now, live)) {
    return { live: now, ...(await placeGrants({ ...leased, live: now }, present, signal)) };
  }
  const written = await write(leased, desired.text, signal);
  switch (written.kind) {
    case 'written':
      return { kind: 'written', text: desired.text, held: desired.grants, refusals };
    case 'repository-missing':
      return { kind: 'missing', text: undefined, held: [], refusals };
    case 'policy-refused': {
      const chosen = live.filter(({ id }) => desired.grants.includes(id));
      const search = { chosen, present, words: written.detail };
      const found = await placeOthers(leased, search, signal);
      return { ...found, refusals: new Map([...refusals, ...found.refusals]) };
    }
    default:
      return shutOut(leased, written, present);
  }
}

/** Not let in: the policy stays as it is. */
export function shutOut(
  { job, record, live }: LeasedRepository,
  shut: EcrShut,
  text: string | undefined,
): PlacedGrants {
  const { code, detail } = refusalOfShut(job, shut);
  const cause = { code, detail };
  return { kind: 'refused', text, held: record.grants, refusals: allOf(live, cause), cause };
}

/** Principals that ECR refused before are tried again by their own grants' operations only. */
export function withheldGrants({
  job,
  record,
  live,
}: Pick<LeasedRepository, 'job' | 'live'> & {
  readonly record: Pick<EcrRepositoryRecord, 'results'>;
}): readonly (readonly [string, GrantRefusal])[] {
  return live.flatMap(({ id }) => {
    const { code, detail = '' } = record.results[id] ?? {};
    return code === 'principal-not-found' && id !== grantOf(job) ? [[id, { code, detail }] as const] : [];
  });
}

function draft({ job, record, foreignFrom }: LeasedRepository, grants: readonly EcrGrantRecord[], present?: string) {
  const source = foreignFrom ? foreignFrom.text : present;
  return draftPolicy({ grants, source, region: job.target.region, record, own: grantOf(job) });
}

function write({ job, repository }: LeasedRepository, text: string | undefined, signal: AbortSignal) {
  const { ecr } = job.deps;
  return text === undefined
    ? ecr.deletePolicy(job.target, repository, signal)
    : ecr.writePolicy(job.target, { repository, text }, signal);
}

/** Before the first write: whoever comes after a crash must know what the policy may hold, and what it held. */
async function announce(leased: LeasedRepository, grants: readonly string[], present: string | undefined) {
  const { job, repository, lease } = leased;
  const { repositories, now } = job.deps;
  const address = addressOf(job, repository);
  const at = now().toISOString();
  const version = { ...address, id: policyVersionId(at, lease.token), at, operationId: lease.operationId };
  const [isMine] = await Promise.all([
    repositories.announce(address, lease, grants),
    repositories.keepVersion({ ...version, text: present }),
  ]);
  if (!isMine) throw leaseLost(repository);
}

interface Search {
  readonly chosen: readonly EcrGrantRecord[];
  readonly present: string | undefined;
  /** ECR's own. */
  readonly words: string;
}

/**
 * Finds the grants whose principals ECR does not take, and places the others. Those that the policy shows already are
 * taken for good, so that no try withdraws a right.
 */
async function placeOthers(
  leased: LeasedRepository,
  { chosen, present, words }: Search,
  signal: AbortSignal,
): Promise<PlacedGrants> {
  const { region } = leased.job.target;
  const shown = chosen.filter(({ spec }) => arePrincipalsIn(present, spec, region));
  const candidates = chosen.filter((grant) => !shown.includes(grant));
  let text = present;
  const accepts = async (grants: readonly EcrGrantRecord[]): Promise<boolean> => {
    const desired = draft(leased, grants, present);
    if (desired.kind === 'unreadable') return false;
    if (isSamePolicy(desired.text, text)) return true;
    await requireStill(leased, text, signal);
    if (!isAccepted(leased, await write(leased, desired.text, signal))) return false;
    text = desired.text;
    return true;
  };
  const orphans = foreignOrphans(leased.foreignFrom ? leased.foreignFrom.text : present);
  const cause = { code: 'policy-refused', detail: refusedDetail(words, orphans) } as const;
  // With such an id in it ECR takes no document, whoever else it names.
  if (orphans.length > 0 || candidates.length === 0 || !(await accepts(shown))) {
    // What the policy shows has its right all the same, unless it is to get another one.
    const own = chosen.filter(({ id }) => id === grantOf(leased.job));
    return {
      ...{ kind: 'refused', text, held: leased.record.grants, cause },
      refusals: allOf([...candidates, ...own], cause),
    };
  }
  const found = await findRefused({ accepted: shown, candidates, accepts, maxTries: mostTries });
  const notFound = { code: 'principal-not-found', detail: `ECR knows no such principal: ${words}` } as const;
  return {
    kind: isSamePolicy(text, present) ? 'unchanged' : 'written',
    text,
    held: found.accepted.map(({ id }) => id).toSorted(),
    refusals: new Map([...allOf(found.refused, notFound), ...allOf(found.untried, cause)]),
  };
}

/** A search takes many writes: what somebody changes meanwhile must not be written over. */
async function requireStill({ job, repository }: LeasedRepository, text: string | undefined, signal: AbortSignal) {
  const read = await settledPolicy(job, { repository, expectedHash: policyHash(text) }, signal);
  if (read.kind === 'read' && isSamePolicy(read.text, text)) return;
  throw new RefusedForNow({
    code: 'policy-unsettled',
    detail: `Somebody changed the policy of ${repository} while we looked for the principal that ECR does not know.`,
    remedies: ['Call again when nobody else changes it.'],
    retryable: true,
  });
}

function areSameGrants(ones: readonly EcrGrantRecord[], others: readonly EcrGrantRecord[]): boolean {
  const shown = (grants: readonly EcrGrantRecord[]) => grants.map(({ id, version }) => `${id} ${version}`).toSorted();
  return shown(ones).join() === shown(others).join();
}

/** Ids of identities that were deleted, in the statements of others. */
function foreignOrphans(text: string | undefined): readonly string[] {
  const read = text === undefined ? undefined : readPolicyDocument(text);
  if (read?.kind !== 'read') return [];
  return read.document.statements.filter((statement) => !isOurs(statement)).flatMap(orphanedIds);
}

function refusedDetail(words: string, orphans: readonly string[]): string {
  const named =
    orphans.length === 0 ? '' : ` Statements that are not ours name what was deleted: ${orphans.join(', ')}.`;
  return `ECR refuses the policy: ${words}.${named}`;
}

function isAccepted({ job, repository }: LeasedRepository, written: WrittenPolicy): boolean {
  if (written.kind === 'written' || written.kind === 'policy-refused') return written.kind === 'written';
  // It was there a moment ago: the step looks at it again.
  if (written.kind === 'repository-missing') throw leaseLost(repository);
  throw new RefusedForNow(refusalOfShut(job, written));
}

export function allOf(
  grants: readonly Pick<EcrGrantRecord, 'id'>[],
  refusal: GrantRefusal,
): ReadonlyMap<string, GrantRefusal> {
  return new Map(grants.map(({ id }) => [id, refusal]));
}
