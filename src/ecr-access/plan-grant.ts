import { OutsideCallError } from '../errors.ts';
import { failedCheck, pass, refused } from '../flux-bootstrap/check.ts';
import type { Check } from '../flux-bootstrap/check.ts';
import { mapAtMost } from '../operations/map-at-most.ts';
import { isOurOwn } from '../operations/operation-failures.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { addressOf, refusalOfShut } from './ecr-job.ts';
import type { EcrJob } from './ecr-job.ts';
import { judgePlan } from './grant-checks.ts';
import { plannedPolicy } from './planned-policy.ts';
import type { PlannedPolicy, SeenPolicy } from './planned-policy.ts';
import { readPolicyDocument } from './policy-document.ts';
import { grantWarnings, policyWarnings } from './policy-warnings.ts';
import type { PolicyWarning } from './policy-warnings.ts';
import { firstTargets, nextTargets } from './repository-targets.ts';
import type { TargetCursor } from './repository-targets.ts';
import { concurrentRepositories } from './write-policies.ts';

export interface GrantPlan {
  readonly checks: readonly Check[];
  readonly changes: {
    /** Absent: not known, the checks say why. */
    readonly repositories?: readonly PlannedPolicy[] | undefined;
    /** The operation would look at more of them. */
    readonly hasMore: boolean;
  };
  readonly warnings: readonly GrantWarning[];
}

export interface GrantWarning {
  /** Absent: of the grant as a whole. */
  readonly repository?: string | undefined;
  readonly code: PolicyWarning['kind'];
  readonly detail: string;
}

export interface GrantPlanning {
  /** Finds the grants as they would be. */
  readonly job: EcrJob;
  readonly grant: EcrGrantRecord;
  readonly grants: readonly EcrGrantRecord[];
  /** Of the accounts that the grant names, those that are the customer's. */
  readonly knownAccountIds: ReadonlySet<string>;
}

/** Repositories of one plan: their documents have to find room in an answer. */
export const mostPlanned = 100;

/** What an operation that applies the grant would check and change now; nothing is written. */
export async function planGrant(planning: GrantPlanning, signal: AbortSignal): Promise<GrantPlan> {
  const { job, grant, knownAccountIds } = planning;
  const ofGrant = grantWarnings(grant.spec, knownAccountIds).map(({ kind: code, detail }) => ({ code, detail }));
  const entered = await enter(job, signal);
  const targets = entered.isOpen ? await findTargets(job, signal) : undefined;
  if (targets?.kind !== 'found') {
    const missed = targets?.kind === 'missed' ? [targets.check] : [];
    const checks = judgePlan(planning, { made: [...entered.checks, ...missed] });
    return { checks, changes: { hasMore: false }, warnings: ofGrant };
  }
  const { seen, unread } = await lookAtAll(planning, targets.repositories, signal);
  const repositories = seen.map(plannedPolicy);
  const hasMore = targets.hasMore || unread.length > 0;
  return {
    checks: judgePlan(planning, { made: entered.checks, seen, repositories, unread, isCut: targets.hasMore }),
    changes: { repositories, hasMore },
    warnings: [...ofGrant, ...seen.flatMap(warningsOf)],
  };
}

interface Entered {
  readonly isOpen: boolean;
  readonly checks: readonly Check[];
}

/** As the operation's first step asks it. */
async function enter(job: EcrJob, signal: AbortSignal): Promise<Entered> {
  const { roleArn, accountId, region } = job.target;
  const listed = await attempted(() => job.deps.ecr.listRepositories(job.target, undefined, signal));
  if (listed.kind === 'failed') return { isOpen: false, checks: [failedCheck('role', listed.error)] };
  const role = pass('role', `Assumed ${roleArn}.`);
  switch (listed.value.kind) {
    case 'listed':
      return { isOpen: true, checks: [role, pass('registry', `It is ${accountId} in ${region}.`)] };
    case 'role-not-assumable':
      return { isOpen: false, checks: [refused('role', refusalOfShut(job, listed.value))] };
    case 'forbidden':
      return { isOpen: false, checks: [role, refused('registry', refusalOfShut(job, listed.value))] };
  }
}

type FoundTargets =
  | { readonly kind: 'found'; readonly repositories: readonly string[]; readonly hasMore: boolean }
  | { readonly kind: 'missed'; readonly check: Check };

/** Those that the operation would look at, in its order. */
async function findTargets(job: EcrJob, signal: AbortSignal): Promise<FoundTargets> {
  const found = new Set<string>();
  let cursor: TargetCursor | undefined = firstTargets;
  while (cursor !== undefined && found.size <= mostPlanned) {
    const at: TargetCursor = cursor;
    const targets = await attempted(() => nextTargets(job, at, signal));
    if (targets.kind === 'failed') return { kind: 'missed', check: failedCheck('policies', targets.error) };
    if (targets.value.kind !== 'found') {
      return { kind: 'missed', check: refused('policies', refusalOfShut(job, targets.value)) };
    }
    for (const repository of targets.value.repositories) found.add(repository);
    cursor = targets.value.next;
  }
  return { kind: 'found', repositories: [...found].slice(0, mostPlanned), hasMore: found.size > mostPlanned };
}

export interface UnreadPolicy {
  readonly repository: string;
  readonly error: OutsideCallError;
}

async function lookAtAll(
  { job, grant, grants }: GrantPlanning,
  repositories: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly seen: readonly SeenPolicy[]; readonly unread: readonly UnreadPolicy[] }> {
  const unread: UnreadPolicy[] = [];
  const looks = await mapAtMost(concurrentRepositories, repositories, async (repository) => {
    const read = await attempted(() => readWithin(job, repository, signal));
    if (read.kind === 'failed') {
      unread.push({ repository, error: read.error });
      return [];
    }
    const record = await job.deps.repositories.get(addressOf(job, repository));
    return [{ job, repository, read: read.value, record, grant, grants }];
  });
  return { seen: looks.flat(), unread };
}

async function readWithin({ deps, target }: EcrJob, repository: string, signal: AbortSignal) {
  if (signal.aborted) {
    throw new OutsideCallError({ system: 'ecr', failure: 'timeout', attempted: 'read all of the policies' });
  }
  return deps.ecr.readPolicy(target, repository, signal);
}

function warningsOf({ repository, read, grant }: SeenPolicy): readonly GrantWarning[] {
  const policy = read.kind === 'read' && read.text !== undefined ? readPolicyDocument(read.text) : undefined;
  if (policy?.kind !== 'read') return [];
  const { document } = policy;
  return policyWarnings(grant.spec, { repository, document }).map(({ kind: code, detail }) => ({
    ...{ repository, code, detail },
  }));
}

type Attempted<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: OutsideCallError };

/** What the customer's side does not answer is said in the plan; what ours does not, fails the request. */
async function attempted<T>(body: () => Promise<T>): Promise<Attempted<T>> {
  try {
    return { kind: 'seen', value: await body() };
  } catch (error) {
    if (!(error instanceof OutsideCallError) || isOurOwn(error)) throw error;
    return { kind: 'failed', error };
  }
}
