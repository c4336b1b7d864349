import type { OperationUpdate } from '@aws/durable-execution-sdk-js';

import type { CheckpointState, StoredOperation } from './execution-record.ts';
import { applyUpdate, checkClosing, Refusal, refuseIf, timestamp } from './operation-updates.ts';

/**
 * The service's state machine over operations: pure, so that its invariants can be tested without files or timers.
 * Rules and texts are those of the official test servers (`checkpoint-server` of aws-durable-execution-sdk-js and
 * `checkpoint/validators` of aws-durable-execution-sdk-python-testing) and of reports from the real service.
 */

/** One step result, in UTF-8 bytes (aws-durable-execution-sdk-python issue #342 quotes the service). */
export const payloadLimitBytes = 262_144;
/** One update that carries an error, in UTF-8 bytes. */
export const errorLimitBytes = 32_768;
/** Operations of one execution; the execution itself is not counted. */
export const operationLimit = 3_000;

/** A timer of Node may fire this much before its time: without slack the SDK would ask again a whole second later. */
const timerSlackMilliseconds = 2;

export type Checkpointed =
  | { readonly kind: 'applied'; readonly state: CheckpointState; readonly changed: readonly StoredOperation[] }
  /** Nothing of the batch was taken. */
  | { readonly kind: 'refused'; readonly detail: string };

export interface OperationsPage {
  readonly Operations: StoredOperation[];
  readonly NextMarker: string | undefined;
}

/** Applies a batch as a whole or not at all; `changed` holds each touched operation in its new state. */
export function applyCheckpoint(
  state: CheckpointState,
  updates: readonly OperationUpdate[],
  now: number,
): Checkpointed {
  const operations = new Map(state.operations.map((operation) => [operation.Id, operation]));
  const changed = new Set<string>();
  let { retries, checkpointedBytes, outcome } = state;
  try {
    for (const [index, update] of updates.entries()) {
      checkSizes(update);
      checkpointedBytes += bytesOf(update.Payload) + bytesOf(update.Error);
      if (update.Type === 'EXECUTION') {
        refuseIf(index !== updates.length - 1, 'EXECUTION checkpoint must be the last update.');
        outcome = endOf(update);
        continue;
      }
      const operation = applyUpdate(operations, update, now);
      operations.set(operation.Id, operation);
      changed.add(operation.Id);
      retries += update.Action === 'RETRY' ? 1 : 0;
    }
    refuseIf(operations.size - 1 > operationLimit, `The execution has more than ${operationLimit} operations.`);
  } catch (error) {
    if (error instanceof Refusal) {
      return { kind: 'refused', detail: error.message };
    }
    throw error;
  }
  return {
    kind: 'applied',
    state: { operations: [...operations.values()], retries, checkpointedBytes, ...(outcome && { outcome }) },
    changed: [...operations.values()].filter(({ Id }) => changed.has(Id)),
  };
}

/** Ends the waits and makes ready the retries whose time has come; `changed` is empty when there are none. */
export function elapseTimers(
  state: CheckpointState,
  now: number,
): { readonly state: CheckpointState; readonly changed: readonly StoredOperation[] } {
  const changed: StoredOperation[] = [];
  const operations = state.operations.map((operation) => {
    const dueAt = timerOf(operation);
    if (dueAt === undefined || dueAt > now + timerSlackMilliseconds) {
      return operation;
    }
    const elapsed = elapse(operation, now);
    changed.push(elapsed);
    return elapsed;
  });
  return { state: changed.length === 0 ? state : { ...state, operations }, changed };
}

/** When the next wait ends or the next retry is due, in milliseconds since 1970. */
export function nextTimerAt(state: CheckpointState): number | undefined {
  const times = state.operations.map(timerOf).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : times.reduce((first, time) => Math.min(first, time));
}

/** What a new invocation is shown: operations inside a context that has ended are left out unless it replays them. */
export function visibleOperations(state: CheckpointState): readonly StoredOperation[] {
  const hidden = new Set<string>();
  const ended = new Map(
    state.operations
      .filter(({ Type, Status }) => Type === 'CONTEXT' && isEnd(Status))
      .map((context) => [context.Id, context]),
  );
  return state.operations.filter((operation) => {
    const parent = operation.ParentId;
    if (parent === undefined) {
      return true;
    }
    const context = ended.get(parent);
    const isHidden = hidden.has(parent) || (context !== undefined && context.ContextDetails?.ReplayChildren !== true);
    if (isHidden) {
      hidden.add(operation.Id);
    }
    return !isHidden;
  });
}

/** A page of what a new invocation is shown; `NextMarker` is the offset of the next one. */
export function pageOfOperations(state: CheckpointState, offset: number, size: number): OperationsPage {
  const operations = visibleOperations(state);
  const end = offset + size;
  const NextMarker = end < operations.length ? String(end) : undefined;
  return { Operations: operations.slice(offset, end), NextMarker };
}

function isEnd(status: StoredOperation['Status']): boolean {
  return status !== 'STARTED' && status !== 'PENDING' && status !== 'READY';
}

function timerOf(operation: StoredOperation): number | undefined {
  const time =
    operation.Type === 'WAIT' && operation.Status === 'STARTED'
      ? operation.WaitDetails?.ScheduledEndTimestamp
      : operation.Status === 'PENDING'
        ? operation.StepDetails?.NextAttemptTimestamp
        : undefined;
  return time === undefined ? undefined : Date.parse(time);
}

function elapse(operation: StoredOperation, now: number): StoredOperation {
  return operation.Type === 'WAIT'
    ? { ...operation, Status: 'SUCCEEDED', EndTimestamp: timestamp(now) }
    : { ...operation, Status: 'READY' };
}

function endOf(update: OperationUpdate): CheckpointState['outcome'] {
  refuseIf(update.Action !== 'SUCCEED' && update.Action !== 'FAIL', 'Invalid EXECUTION action.');
  checkClosing(update);
  return update.Action === 'FAIL'
    ? { status: 'FAILED', error: update.Error }
    : { status: 'SUCCEEDED', result: update.Payload };
}

function checkSizes(update: OperationUpdate): void {
  refuseIf(
    update.Type !== 'EXECUTION' && bytesOf(update.Payload) > payloadLimitBytes,
    `${update.Type} output payload size must be less than or equal to ${payloadLimitBytes} bytes.`,
  );
  refuseIf(bytesOf(update.Error) > errorLimitBytes, `Error object size must be less than ${errorLimitBytes} bytes.`);
}

function bytesOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}
