import type { EcrGrantResult, EcrRepositoryRecord } from '../ports/ecr-repositories.ts';
import { policyHash } from './canonical-policy.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { renderPolicy } from './render-policy.ts';

/**
 * `drifted` somebody changed our statements; `outdated` a right has ended or was declared since; `new` the repository was
 * not there before; `vanished` it is there no more.
 */
export type FindingKind = 'drifted' | 'outdated' | 'new' | 'vanished';

export interface Finding {
  readonly repository: string;
  readonly kind: FindingKind;
  /** Grants that its policy may hold and that give no right any more. */
  readonly ended: readonly string[];
}

/** A repository as it is found, and what is known of it. */
export interface SeenRepository {
  readonly repository: string;
  /** `missing`: there is no such repository. */
  readonly policy: { readonly text: string | undefined } | 'missing';
  readonly record: EcrRepositoryRecord | undefined;
  /** The grants that give a right to it now. */
  readonly live: readonly EcrGrantRecord[];
  readonly region: string;
}

/** Times, in minutes, that say what is due at a look. */
export interface LookRhythm {
  readonly now: Date;
  /** Between two looks at a registry. */
  readonly everyMinutes: number;
}

/** What is not as it should be; `undefined`: nothing, or nothing that another try would change now. */
export function findingOf(seen: SeenRepository, rhythm: LookRhythm): Finding | undefined {
  const kind = kindOf(seen);
  if (kind === undefined) return undefined;
  const ended = endedOf(seen);
  // What was refused for a reason that somebody else has to mend is tried again once an hour; a right that has ended, or
  // that somebody took away, more often.
  const isTimely = kind === 'drifted' || ended.length > 0 ? isDue : isHourly;
  const refusals = stuckOf(seen.record);
  const isHeldOff = refusals.length > 0 && !refusals.some(({ at }) => isTimely(at, rhythm));
  return isHeldOff ? undefined : { repository: seen.repository, kind, ended };
}

/** True where there is nothing to write and nothing to say. */
export function isAsGranted(seen: SeenRepository): boolean {
  return kindOf(seen) === undefined && stuckOf(seen.record).length === 0;
}

function stuckOf(record: EcrRepositoryRecord | undefined): readonly EcrGrantResult[] {
  return Object.values(record?.results ?? {}).filter(isStuck);
}

function endedOf({ record, live }: Pick<SeenRepository, 'record' | 'live'>): readonly string[] {
  const ids = new Set(live.map(({ id }) => id));
  return (record?.grants ?? []).filter((id) => !ids.has(id));
}

function kindOf({ policy, record, live, region }: SeenRepository): FindingKind | undefined {
  const results = Object.values(record?.results ?? {});
  if (policy === 'missing') {
    const isKnownMissing = record?.grants.length === 0 && results.every((result) => result?.state === 'MISSING');
    return record === undefined || isKnownMissing ? missingOf(record, live) : 'vanished';
  }
  const withheld = new Set(live.flatMap(({ id }) => (record?.results[id]?.code === 'principal-not-found' ? [id] : [])));
  const grants = live.filter(({ id }) => !withheld.has(id));
  const rendered = renderPolicy({ grants, present: policy.text, region, held: record?.grants });
  if (rendered.kind === 'unchanged') return hasLeftover(record, live) ? 'outdated' : undefined;
  if (record?.documentHash === undefined) return record === undefined || live.length > 0 ? 'new' : undefined;
  return record.documentHash === policyHash(policy.text) ? 'outdated' : 'drifted';
}

/** A grant that names a repository which is not there, and does not say so yet. */
function missingOf(record: EcrRepositoryRecord | undefined, live: readonly EcrGrantRecord[]): FindingKind | undefined {
  const naming = live.filter(({ spec }) => 'names' in spec.repositories);
  return naming.some(({ id }) => record?.results[id]?.state !== 'MISSING') ? 'outdated' : undefined;
}

/** The policy is right, and what is shown of it is not: an operation died before it could say so, or drift was shown. */
function hasLeftover(record: EcrRepositoryRecord | undefined, live: readonly EcrGrantRecord[]): boolean {
  if (!record) return live.length > 0;
  return (
    endedOf({ record, live }).length > 0 ||
    live.some(({ id }) => record.results[id] === undefined || record.results[id].state === 'DRIFTED')
  );
}

function isStuck(result: EcrGrantResult | undefined): result is EcrGrantResult {
  return result?.state === 'REFUSED' && result.code !== 'principal-not-found';
}

const hourMinutes = 60;
const dayMinutes = 24 * hourMinutes;

/** At every look within the first hour, then at one an hour. */
export function isDue(since: string, rhythm: LookRhythm): boolean {
  return minutesSince(since, rhythm) < hourMinutes || isHourly(since, rhythm);
}

/** At one look an hour. */
function isHourly(since: string, rhythm: LookRhythm): boolean {
  return minutesSince(since, rhythm) % hourMinutes < Math.max(rhythm.everyMinutes, 1);
}

function minutesSince(since: string, { now }: LookRhythm): number {
  return (now.getTime() - Date.parse(since)) / 60_000;
}

/**
 * Grants whose principal ECR did not know at this repository and that are to be tried again: IAM needs some time until
 * a new role can be named everywhere, and people make the role after the grant. For 24 hours.
 */
export function retriesOf({ record, live }: SeenRepository, rhythm: LookRhythm): readonly string[] {
  return live.flatMap(({ id }) => {
    const result = record?.results[id];
    if (result?.code !== 'principal-not-found') return [];
    return minutesSince(result.at, rhythm) < dayMinutes && isDue(result.at, rhythm) ? [id] : [];
  });
}
