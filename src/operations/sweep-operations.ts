import { publishOperationEvents } from './operation-events.ts';
import { isTerminal, workflowOf } from './operation.ts';
import type { Operation } from './operation.ts';
import { claim, reject } from './claim-subject.ts';
import type { BeginDependencies } from './begin-operation.ts';
import { endOperation, finishEnd } from './end-operation.ts';

export interface SweepReport {
  readonly started: readonly string[];
  readonly failed: readonly string[];
  /** Operations that could not be looked after this time, with the reason; the next sweep comes to them again. */
  readonly troubled: readonly { readonly id: string; readonly problem: string }[];
}

/** So long the request itself is at work on it. Meeting it would do no harm: claim and start are the same twice. */
const youngSeconds = 5;
/** One that still waits after so long, and after so many attempts to start it, is given up. */
const abandonedMinutes = 10;
const abandonedStarts = 3;
/** Longer than any step with its last write: a silent operation's engine is asked after this. */
const silentSeconds = 180;
/** Many more than are ever open at once; one sweep looks at no more. */
const mostOpen = 5000;
/** Side by side: few enough for Lambda's API, enough that one slow answer does not hold up the rest. */
const atOnce = 8;
const engineTimeoutMs = 4000;

/** Goes over all operations that have not ended and sees to it that each will: those that wait to be started first. */
export async function sweepOperations(deps: BeginDependencies): Promise<SweepReport> {
  const ids = await deps.operations.listOpen(mostOpen);
  const troubled: { id: string; problem: string }[] = [];
  const note = (id: string, error: unknown) => {
    // One that is in trouble must not keep the others waiting.
    troubled.push({ id, problem: error instanceof Error ? error.message : String(error) });
    return undefined;
  };
  const found = await inTurns(ids, (id) => deps.operations.get(id).catch((error: unknown) => note(id, error)));
  const open = found.filter((operation) => operation !== undefined);
  const pending = open.filter(({ state }) => state === 'PENDING');
  const others = open.filter(({ state }) => state !== 'PENDING');
  const outcomes = await inTurns([...pending, ...others], async (operation) => {
    const outcome = await sweepOne(deps, operation).catch((error: unknown) => note(operation.id, error));
    return { id: operation.id, outcome };
  });
  const idsOf = (wanted: string) => outcomes.filter(({ outcome }) => outcome === wanted).map(({ id }) => id);
  return { started: idsOf('started'), failed: idsOf('failed'), troubled };
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let first = 0; first < items.length; first += atOnce) {
    results.push(...(await Promise.all(items.slice(first, first + atOnce).map(work))));
  }
  return results;
}

async function sweepOne(deps: BeginDependencies, operation: Operation): Promise<'started' | 'failed' | 'left'> {
  if (isTerminal(operation.state)) {
    // Whoever ended it died before its subject was free.
    await finishEnd(deps, operation);
    return 'left';
  }
  return operation.state === 'PENDING' ? sweepPending(deps, operation) : sweepRunning(deps, operation);
}

/** Nothing worth a line in the log. */
export function isQuiet(report: SweepReport): boolean {
  return report.started.length + report.failed.length + report.troubled.length === 0;
}

/** By our clock, which may be wrong: it says when to look after something, and alone ends nothing. */
function secondsSince(deps: BeginDependencies, time: string): number {
  return (deps.now().getTime() - Date.parse(time)) / 1000;
}

async function sweepPending(deps: BeginDependencies, operation: Operation): Promise<'started' | 'failed' | 'left'> {
  const ageSeconds = secondsSince(deps, operation.createdAt);
  // One from the future is not young: our clock is behind.
  if (Math.abs(ageSeconds) < youngSeconds) return 'left';
  const isOverdue = ageSeconds > abandonedMinutes * 60 && (operation.starts ?? 0) >= abandonedStarts;
  if (isOverdue && !(await isRunning(deps, operation))) return giveUp(deps, operation);
  const claimed = await claim(deps, operation);
  if (claimed.kind === 'too-late') return 'left';
  if (claimed.kind !== 'mine') {
    // The request that made it died before it could say so: another operation was first, or the cluster is gone.
    await reject(deps, operation, claimed.kind === 'held' ? claimed.holder : undefined);
    return 'left';
  }
  await publishOperationEvents(deps.events, operation);
  await deps.engine.start(executionOf(operation), AbortSignal.timeout(engineTimeoutMs));
  return 'started';
}

/** An engine that does not answer by now has lost it: an execution that begins later finds that its operation has ended. */
async function isRunning(deps: BeginDependencies, operation: Operation): Promise<boolean> {
  const signal = AbortSignal.timeout(engineTimeoutMs);
  return deps.engine.describe(executionOf(operation), signal).then(
    (execution) => execution === 'running',
    () => false,
  );
}

async function giveUp(deps: BeginDependencies, operation: Operation): Promise<'failed' | 'left'> {
  const failed = await deps.operations.end(operation.id, ['PENDING'], {
    state: 'FAILED',
    at: deps.now().toISOString(),
    failure: {
      step: 'start',
      code: 'engine-lost',
      detail: 'The engine did not begin the operation, although it was started several times.',
      retryable: true,
      remedies: ['Call again.'],
    },
  });
  // It began to run, or was cancelled, at the last moment: then an invocation may live.
  if (failed.kind === 'refused') return 'left';
  await endOperation(deps, operation.id, { kind: 'stopped' });
  return 'failed';
}

function executionOf({ kind, id }: Operation) {
  return { workflow: workflowOf(kind), operationId: id };
}

async function sweepRunning(deps: BeginDependencies, operation: Operation): Promise<'failed' | 'left'> {
  if (secondsSince(deps, operation.heartbeatAt ?? operation.createdAt) < silentSeconds) return 'left';
  const execution = await deps.engine.describe(executionOf(operation), AbortSignal.timeout(engineTimeoutMs));
  if (execution === 'running') return 'left';
  // Now that nobody else writes to it: what it came to since it was read.
  const last = (await deps.operations.get(operation.id)) ?? operation;
  // The work was done and its result kept; only the last write is missing.
  if (last.steps['record']?.state === 'SUCCEEDED') {
    await endOperation(deps, operation.id, { kind: 'succeeded' });
    return 'left';
  }
  const failure = {
    step: 'engine',
    code: 'engine-lost',
    detail: `The execution behind the operation ended (${execution}) without recording a result.`,
    retryable: true,
    remedies: ['Call again: what is done already stays done.'],
  };
  const isCancelling = last.state === 'CANCELLING';
  await endOperation(deps, operation.id, isCancelling ? { kind: 'stopped' } : { kind: 'failed', failure });
  return 'failed';
}
