import { OutsideCallError } from '../errors.ts';
import { mapAtMost } from '../operations/map-at-most.ts';
import { isOurOwn, refusalOf } from '../operations/operation-failures.ts';
import type { Refusal } from '../operations/operation-failures.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import { addressOf, isAbandoned, refusalOfShut } from './ecr-job.ts';
import type { EcrJob } from './ecr-job.ts';
import { grantsFor } from './grants-for.ts';
import { isAsGranted } from './registry-findings.ts';
import { nextTargets } from './repository-targets.ts';
import type { TargetCursor } from './repository-targets.ts';
import { sharedReads } from './shared-reads.ts';
import { writePolicy } from './write-policy.ts';
import type { PolicyOutcome, PolicyWork } from './write-policy.ts';

/** How many repositories came to what, so far. */
export interface PolicyTally {
  readonly written: number;
  readonly unchanged: number;
  readonly missing: number;
  readonly refused: number;
  /** The first ones, for people. */
  readonly refusals: readonly { readonly repository: string; readonly code: string; readonly detail: string }[];
}

export const emptyTally: PolicyTally = { written: 0, unchanged: 0, missing: 0, refused: 0, refusals: [] };

export interface PolicyProgress {
  readonly tally: PolicyTally;
  /** Absent: all repositories were visited. */
  readonly next?: TargetCursor | undefined;
}

/** At once: few enough for ECR's limits of a second, which the customer's own tools share. */
export const concurrentRepositories = 8;
/** Shown of an operation, whose item is not to grow with the registry. */
const mostRefusals = 5;

/** After so long a visit ends, and its checkpoint keeps how far it came. */
const visitMs = 20_000;

interface Visit {
  readonly cursor: TargetCursor;
  readonly tally: PolicyTally;
}

/** Writes the policies of repositories, stretch by stretch, as far as one visit takes. */
export async function writePolicies(
  job: EcrJob,
  visit: Visit,
  signal: AbortSignal,
): Promise<BodyOutcome<PolicyProgress>> {
  const { operation } = job;
  // It is abandoned, and the registry cannot be entered.
  if (operation.steps['preflight']?.state === 'SKIPPED') {
    return { kind: 'skipped', evidence: {}, value: { tally: visit.tally } };
  }
  const work = await workOf(job);
  if (work === undefined) return { kind: 'refused', refusal: versionGone };
  const startedAt = job.deps.now().getTime();
  // One that a grant names is known as well, mostly.
  const visited = new Set<string>();
  let { cursor, tally } = visit;
  for (;;) {
    const outcome = await writeStretch(work, { cursor, tally, visited }, signal);
    if (outcome.kind !== 'succeeded' || outcome.value.next === undefined) return outcome;
    if (job.deps.now().getTime() - startedAt > visitMs) return outcome;
    ({ tally, next: cursor } = { ...outcome.value, next: outcome.value.next });
  }
}

/** What fails for one repository does not keep the others waiting. */
async function writeStretch(
  work: PolicyWork,
  { cursor, tally, visited }: Visit & { readonly visited: Set<string> },
  signal: AbortSignal,
): Promise<BodyOutcome<PolicyProgress>> {
  const { job } = work;
  const targets = await nextTargets(job, cursor, signal);
  if (targets.kind !== 'found') return { kind: 'refused', refusal: refusalOfShut(job, targets) };
  const repositories = targets.repositories.filter((name) => !visited.has(name));
  for (const name of repositories) visited.add(name);
  const results = await mapAtMost(concurrentRepositories, repositories, async (repository) => {
    const [outcome] = await Promise.allSettled([bringToGrants(work, repository, signal)]);
    return { repository, outcome };
  });
  const thrown = results.flatMap(({ outcome }) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (thrown.length > 0) throw thrown[0];
  const sum = results.reduce(
    (before, { repository, outcome }) =>
      outcome.status === 'fulfilled' ? added(before, repository, outcome.value) : before,
    tally,
  );
  const value = { tally: sum, next: targets.next };
  const isFine = targets.next !== undefined || sum.refused === 0 || isAbandoned(job);
  if (isFine) return { kind: 'succeeded', evidence: { ...sum }, value };
  return { kind: 'refused', refusal: refusalOfTally(sum), evidence: { ...sum } };
}

/** Of a whole registry most policies are as granted: one look tells, and nobody has to wait for them. */
async function bringToGrants(work: PolicyWork, repository: string, signal: AbortSignal): Promise<PolicyOutcome> {
  const { job } = work;
  try {
    const isReconcile = job.operation.kind === 'reconcile-ecr-registry';
    if (isReconcile && (await isFoundAsGranted(work, repository, signal))) return { kind: 'unchanged' };
    return await writePolicy(work, repository, signal);
  } catch (error) {
    if (!isAbandoned(job) || !(error instanceof OutsideCallError) || isOurOwn(error)) throw error;
    const { code, detail } = refusalOf(error);
    return { kind: 'refused', code, detail };
  }
}

async function isFoundAsGranted(
  { job, grants }: PolicyWork,
  repository: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { deps, target } = job;
  const place = addressOf(job, repository);
  const [records, record, read] = await Promise.all([
    grants(),
    deps.repositories.get(place),
    deps.ecr.readPolicy(target, repository, signal),
  ]);
  if (read.kind !== 'read' && read.kind !== 'repository-missing') return false;
  const policy = read.kind === 'read' ? { text: read.text } : ('missing' as const);
  const live = grantsFor(records, place, deps.now());
  return isAsGranted({ repository, policy, record, live, region: target.region });
}

/** `undefined`: the document that is to be restored is no longer kept. */
async function workOf(job: EcrJob): Promise<PolicyWork | undefined> {
  const { deps, operation } = job;
  const { customer, snapshot } = operation;
  const grants = sharedReads(() => deps.repositories.listGrants(customer, snapshot.registry));
  const restore = operation.kind === 'restore-ecr-policy' ? operation.snapshot.restore : undefined;
  if (!restore) return { job, grants };
  const address = { customer, registry: snapshot.registry, repository: restore.repository };
  const version = await deps.repositories.getVersion(address, restore.version);
  return version && { job, grants, foreignFrom: { text: version.text } };
}

const versionGone: Refusal = {
  code: 'spec-changed',
  detail: 'The document that was to be restored is no longer kept.',
  remedies: ['Choose another one of the history.'],
};

function added(tally: PolicyTally, repository: string, outcome: PolicyOutcome): PolicyTally {
  const counted = { ...tally, [outcome.kind]: tally[outcome.kind] + 1 };
  if (outcome.kind !== 'refused' || tally.refusals.length >= mostRefusals) return counted;
  const { code, detail } = outcome;
  return { ...counted, refusals: [...tally.refusals, { repository, code, detail: detail.slice(0, 300) }] };
}

function refusalOfTally({ refused, written, unchanged, refusals: [first] }: PolicyTally): Refusal {
  const code = (first?.code ?? 'policy-refused') as Refusal['code'];
  return {
    code,
    detail: `${refused} repositories refused it, ${written + unchanged} have it. ${first?.repository}: ${first?.detail}`,
    remedies: ['The grant shows each repository with the reason. Mend it, then repeat the request.'],
    retryable: code === 'principal-not-found',
  };
}
