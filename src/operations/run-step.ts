import { OutsideCallError } from '../errors.ts';
import type { OperationStore } from '../ports/operation-store.ts';
import { isOurOwn, refusalOf, RefusedForNow } from './operation-failures.ts';
import type { Refusal } from './operation-failures.ts';
import { deadlineOf } from './operation.ts';
import type { Evidence, Operation, OperationFailure, Postponement } from './operation.ts';

/** What a step body answers; it throws only what may be tried again, or what nobody expected. */
export type BodyOutcome<T> =
  | { readonly kind: 'succeeded' | 'skipped'; readonly evidence: Evidence; readonly value: T }
  /** Not there yet; the workflow comes back. `progress` is shown meanwhile. */
  | { readonly kind: 'waiting'; readonly progress: Evidence; readonly problem?: { code: string; detail: string } }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly evidence?: Evidence };

/** What the workflow gets of a step: small, without secrets, fit for a checkpoint. */
export type StepResult<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly failure: OperationFailure }
  /** The operation is being cancelled, or has ended without us. */
  | { readonly kind: 'stopped' };

export interface StepRun<T> {
  readonly operations: OperationStore;
  readonly now: () => Date;
  readonly operation: Operation;
  readonly name: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** Attempts that another system postponed are not counted. */
  readonly maxAttempts: number;
  readonly timeoutSeconds: number;
  readonly body: (signal: AbortSignal) => Promise<BodyOutcome<T>>;
  /** Errors beyond those of `retryable` that are worth another attempt. */
  readonly mayPass?: (error: OutsideCallError) => boolean;
  /** Told of errors that nobody expected, with all that the log may know. */
  readonly onUnexpected: (error: unknown) => void;
}

/**
 * Runs one attempt of a step between two writes to the operation: begun, and how it ended. An error that may pass is
 * thrown on for the engine to try again, until the last attempt, which turns it into a failure. One that says when to
 * come back is obeyed, and does not count.
 */
export async function runStep<T>(run: StepRun<T>): Promise<StepResult<T>> {
  const startedAt = run.now().toISOString();
  const begun = await run.operations.beginStep(run.operation.id, {
    name: run.name,
    attempt: run.attempt,
    at: startedAt,
  });
  if (begun.kind === 'refused') return { kind: 'stopped' };
  if (run.now().getTime() > Date.parse(deadlineOf(run.operation))) return end(run, pastDeadline());
  try {
    return await end(run, await withDeadline(run));
  } catch (error) {
    return problem(run, error);
  }
}

async function withDeadline<T>(run: StepRun<T>): Promise<BodyOutcome<T>> {
  const signal = AbortSignal.timeout(run.timeoutSeconds * 1000);
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(overdue(run.name));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    // A body that does not heed its signal must not hold the whole operation.
    return await Promise.race([run.body(signal), promise]);
  } catch (error) {
    throw signal.aborted && !(error instanceof OutsideCallError) ? overdue(run.name) : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function overdue(name: string): OutsideCallError {
  return new OutsideCallError({
    system: 'workflow-engine',
    failure: 'timeout',
    attempted: `finish the step ${name} in time`,
  });
}

function pastDeadline<T>(): BodyOutcome<T> {
  return {
    kind: 'refused',
    refusal: {
      code: 'deadline-exceeded',
      detail: 'The operation reached its deadline before this step could begin.',
      remedies: ['See what the earlier steps waited for, then call again: what is done already stays done.'],
      retryable: true,
    },
  };
}

async function problem<T>(run: StepRun<T>, error: unknown): Promise<StepResult<T>> {
  const before = run.operation.steps[run.name]?.postponed?.times ?? 0;
  const isLastAttempt = run.attempt - before >= run.maxAttempts;
  if (error instanceof RefusedForNow) {
    const { refusal } = error;
    if (isLastAttempt) return end(run, { kind: 'refused', refusal });
    await save(run, { state: 'RUNNING', lastProblem: refusal });
    throw error;
  }
  if (!(error instanceof OutsideCallError)) {
    run.onUnexpected(error);
    return end(run, { kind: 'refused', refusal: unexpected() });
  }
  const refusal = refusalOf(error);
  // What our own table and engine say is for the log alone: it names our side of things.
  if (isOurOwn(error)) run.onUnexpected(error);
  const isPostponed = error.postponedSeconds !== undefined;
  const isTransient = error.retryable || run.mayPass?.(error) === true;
  const isLast = !isTransient || isLastAttempt;
  const postponed = isPostponed ? postponement(run, before + 1, error.postponedSeconds ?? 0) : undefined;
  if (isPostponed ? !postponed : isLast) return end(run, { kind: 'refused', refusal });
  await save(run, { state: 'RUNNING', lastProblem: refusal, postponed });
  throw error;
}

/** Whoever asks more often, or for longer, would not let the operation end. */
const mostPostponements = 40;
const longestHours = 6;

/** `undefined` when the wait is too long to be kept. */
function postponement<T>({ operation, now }: StepRun<T>, times: number, seconds: number): Postponement | undefined {
  const untilMs = now().getTime() + seconds * 1000;
  const latestMs = Date.parse(operation.createdAt) + longestHours * 3_600_000;
  if (times > mostPostponements || untilMs > latestMs) return undefined;
  return { times, until: new Date(untilMs).toISOString() };
}

function unexpected(): Refusal {
  return {
    code: 'internal-error',
    detail: 'The step failed on our side; the log has the cause under the operation id.',
    remedies: ['Call again; if it fails the same way, tell the operators of the API the operation id.'],
  };
}

async function end<T>(run: StepRun<T>, outcome: BodyOutcome<T>): Promise<StepResult<T>> {
  switch (outcome.kind) {
    case 'succeeded':
    case 'skipped': {
      const state = outcome.kind === 'succeeded' ? 'SUCCEEDED' : 'SKIPPED';
      const saved = await save(run, { state, evidence: outcome.evidence });
      return saved ? { kind: 'done', value: outcome.value } : { kind: 'stopped' };
    }
    case 'waiting': {
      const saved = await save(run, { state: 'RUNNING', evidence: outcome.progress, lastProblem: outcome.problem });
      return saved ? { kind: 'waiting' } : { kind: 'stopped' };
    }
    case 'refused': {
      const { code, detail, remedies, retryable } = outcome.refusal;
      const evidence = outcome.evidence ? { evidence: outcome.evidence } : {};
      const saved = await save(run, { state: 'FAILED', lastProblem: { code, detail }, ...evidence });
      const failure = { step: run.name, code, detail, retryable: retryable ?? false, remedies };
      return saved ? { kind: 'failed', failure } : { kind: 'stopped' };
    }
  }
}

interface SavedStep {
  readonly state: 'RUNNING' | 'SUCCEEDED' | 'SKIPPED' | 'FAILED';
  readonly evidence?: Evidence;
  readonly lastProblem?: { readonly code: string; readonly detail: string } | undefined;
  readonly postponed?: Postponement | undefined;
}

async function save<T>(run: StepRun<T>, step: SavedStep): Promise<boolean> {
  const at = run.now().toISOString();
  const saved = await run.operations.saveStep(run.operation.id, run.name, {
    state: step.state,
    attempt: run.attempt,
    at,
    evidence: step.evidence,
    postponed: step.postponed,
    lastProblem: step.lastProblem ? { code: step.lastProblem.code, detail: step.lastProblem.detail, at } : undefined,
  });
  return saved.kind === 'made';
}
