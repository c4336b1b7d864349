import { isTerminal } from './operation.ts';
import type { Operation } from './operation.ts';
import { claim } from './begin-operation.ts';
import type { BeginDependencies } from './begin-operation.ts';
import { endOperation } from './end-operation.ts';

export interface SweepReport {
  readonly started: readonly string[];
  readonly failed: readonly string[];
  /** Operations that could not be looked after this time, with the reason; the next sweep comes to them again. */
  readonly troubled: readonly { readonly id: string; readonly problem: string }[];
}

/** A request that is still being answered must not be overtaken by the sweeper: API Gateway cuts it off after 29 s. */
const youngSeconds = 5;
/** An operation that nobody could start for so long is given up (design §5). */
const abandonedMinutes = 10;
/** Longer than any step with its last write: a silent operation's engine is asked after this. */
const silentSeconds = 180;

/** Goes over all operations that have not ended and sees to it that each will. */
export async function sweepOperations(deps: BeginDependencies): Promise<SweepReport> {
  const started: string[] = [];
  const failed: string[] = [];
  const troubled: { id: string; problem: string }[] = [];
  for (const id of await deps.operations.listOpen(500)) {
    try {
      const outcome = await sweepOne(deps, id);
      if (outcome === 'started') started.push(id);
      if (outcome === 'failed') failed.push(id);
    } catch (error) {
      // One that is in trouble must not keep the others waiting.
      troubled.push({ id, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return { started, failed, troubled };
}

async function sweepOne(deps: BeginDependencies, id: string): Promise<'started' | 'failed' | 'left'> {
  const operation = await deps.operations.get(id);
  if (!operation || isTerminal(operation.state)) return 'left';
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
    await deps.operations.end(operation.id, ['PENDING'], {
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
    await endOperation(deps, operation, { kind: 'stopped' });
    return 'failed';
  }
  const holder = await claim(deps, operation);
  if (holder) {
    // The request that made it died before it could say so: another operation was first.
    await deps.operations.end(operation.id, ['PENDING'], {
      state: 'REJECTED',
      at: deps.now().toISOString(),
      joined: holder.desiredHash === operation.desiredHash ? holder.id : undefined,
    });
    return 'left';
  }
  await deps.engine.start({ workflow: operation.kind, operationId: operation.id }, AbortSignal.timeout(10_000));
  return 'started';
}

async function sweepRunning(deps: BeginDependencies, operation: Operation): Promise<'failed' | 'left'> {
  const beat = Date.parse(operation.heartbeatAt ?? operation.createdAt);
  if (deps.now().getTime() - beat < silentSeconds * 1000) return 'left';
  const execution = await deps.engine.describe(
    { workflow: operation.kind, operationId: operation.id },
    AbortSignal.timeout(10_000),
  );
  if (execution === 'running') return 'left';
  const failure = {
    step: 'engine',
    code: 'engine-lost',
    detail: `The execution behind the operation ended (${execution}) without recording a result.`,
    retryable: true,
    remedies: ['Call again: what is done already stays done.'],
  };
  const isCancelling = operation.state === 'CANCELLING';
  await endOperation(deps, operation, isCancelling ? { kind: 'stopped' } : { kind: 'failed', failure });
  return 'failed';
}
