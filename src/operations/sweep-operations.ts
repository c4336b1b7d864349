import { publishOperationEvents } from './operation-events.ts';
import { isTerminal } from './operation.ts';
import type { Operation } from './operation.ts';
import { claim, reject } from './begin-operation.ts';
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
/** An operation that nobody could start for so long is given up (design §5). */
const abandonedMinutes = 10;
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
    // Whoever ended it died before its cluster was free.
    await finishEnd(deps, operation);
    return 'left';
  }
  return operation.state === 'PENDING' ? sweepPending(deps, operation) : sweepRunning(deps, operation);
}

/** Nothing worth a line in the log. */
export function isQuiet(report: SweepReport): boolean {
  return report.started.length + report.failed.length + report.troubled.length === 0;
}

async function sweepPending(deps: BeginDependencies, operation: Operation): Promise<'started' | 'failed' | 'left'> {
  const ageMs = deps.now().getTime() - Date.parse(operation.createdAt);
  if (ageMs < youngSeconds * 1000) return 'left';
  if (ageMs > abandonedMinutes * 60_000) {
    const failed = await deps.operations.end(operation.id, ['PENDING'], {
      state: 'FAILED',
      at: deps.now().toISOString(),
      failure: {
        step: 'start',
        code: 'engine-lost',
        detail: `The operation could not be started within ${abandonedMinutes} minutes.`,
        retryable: true,
        remedies: ['Call again.'],
      },
    });
    // It began to run, or was cancelled, at the last moment: then an invocation may live.
    if (failed.kind === 'refused') return 'left';
    await endOperation(deps, operation.id, { kind: 'stopped' });
    return 'failed';
  }
  const claimed = await claim(deps, operation);
  if (claimed.kind === 'too-late') return 'left';
  if (claimed.kind !== 'mine') {
    // The request that made it died before it could say so: another operation was first, or the cluster is gone.
    await reject(deps, operation, claimed.kind === 'held' ? claimed.holder : undefined);
    return 'left';
  }
  await publishOperationEvents(deps.events, operation);
  await deps.engine.start(
    { workflow: operation.kind, operationId: operation.id },
    AbortSignal.timeout(engineTimeoutMs),
  );
  return 'started';
}

async function sweepRunning(deps: BeginDependencies, operation: Operation): Promise<'failed' | 'left'> {
  const beat = Date.parse(operation.heartbeatAt ?? operation.createdAt);
  if (deps.now().getTime() - beat < silentSeconds * 1000) return 'left';
  const execution = await deps.engine.describe(
    { workflow: operation.kind, operationId: operation.id },
    AbortSignal.timeout(engineTimeoutMs),
  );
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
