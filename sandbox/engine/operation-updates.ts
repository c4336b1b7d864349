import type { OperationUpdate } from '@aws/durable-execution-sdk-js';

import type { StoredOperation } from './execution-record.ts';

/** The service does not take the update; the text is its own. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** The operation after an update; `operations` holds those that there are so far. Throws a `Refusal`. */
export function applyUpdate(
  operations: ReadonlyMap<string, StoredOperation>,
  update: OperationUpdate,
  now: number,
): StoredOperation {
  refuseIf(!update.Id, 'Operation update must have an Id.');
  const current = operations.get(update.Id ?? '');
  if (current !== undefined) {
    refuseIf(update.Type !== current.Type, 'Inconsistent operation type.');
    refuseIf(update.SubType !== undefined && update.SubType !== current.SubType, 'Inconsistent operation subtype.');
    refuseIf(update.Name !== undefined && update.Name !== current.Name, 'Inconsistent operation name.');
  } else if (update.ParentId) {
    refuseIf(operations.get(update.ParentId)?.Type !== 'CONTEXT', 'Invalid parent operation id.');
  }
  switch (update.Type) {
    case 'STEP':
      return applyToStep(current, update, now);
    case 'CONTEXT':
      return applyToContext(current, update, now);
    case 'WAIT':
      return applyToWait(current, update, now);
    default:
      throw new Refusal(`Operations of the type ${update.Type} are not supported by this engine.`);
  }
}

function applyToStep(current: StoredOperation | undefined, update: OperationUpdate, now: number): StoredOperation {
  const base = current ?? begin(update, 'STEP', now);
  const details = base.StepDetails ?? { Attempt: 0 };
  const isOpen = current === undefined || current.Status === 'STARTED' || current.Status === 'READY';
  switch (update.Action) {
    case 'START': {
      refuseIf(current !== undefined && current.Status !== 'READY', 'Invalid current STEP state to start.');
      // The result stays: it is the state with which `waitForCondition` makes its next check.
      const { NextAttemptTimestamp: _, ...kept } = details;
      return { ...base, Status: 'STARTED', StepDetails: kept };
    }
    case 'RETRY': {
      refuseIf(!isOpen, 'Invalid current STEP state to re-attempt.');
      refuseIf(update.StepOptions === undefined, 'Invalid StepOptions for the given action.');
      refuseIf(
        update.Error !== undefined && update.Payload !== undefined,
        'Cannot provide both error and payload to RETRY a STEP.',
      );
      const NextAttemptTimestamp = timestamp(now + (update.StepOptions?.NextAttemptDelaySeconds ?? 0) * 1000);
      return {
        ...base,
        Status: 'PENDING',
        StepDetails: { Attempt: details.Attempt + 1, NextAttemptTimestamp, ...resultOf(update) },
      };
    }
    case 'SUCCEED':
    case 'FAIL':
      refuseIf(!isOpen, 'Invalid current STEP state to close.');
      return { ...close(base, update, now), StepDetails: { Attempt: details.Attempt + 1, ...resultOf(update) } };
    default:
      throw new Refusal('Invalid STEP action.');
  }
}

function applyToContext(current: StoredOperation | undefined, update: OperationUpdate, now: number): StoredOperation {
  const base = current ?? begin(update, 'CONTEXT', now);
  switch (update.Action) {
    case 'START':
      refuseIf(current !== undefined, 'Cannot start a CONTEXT that already exist.');
      return { ...base, ContextDetails: {} };
    case 'SUCCEED':
    case 'FAIL': {
      refuseIf(base.Status !== 'STARTED', 'Invalid current CONTEXT state to close.');
      const ReplayChildren = update.ContextOptions?.ReplayChildren;
      return {
        ...close(base, update, now),
        ContextDetails: { ...(ReplayChildren !== undefined && { ReplayChildren }), ...resultOf(update) },
      };
    }
    default:
      throw new Refusal('Invalid CONTEXT action.');
  }
}

function applyToWait(current: StoredOperation | undefined, update: OperationUpdate, now: number): StoredOperation {
  switch (update.Action) {
    case 'START': {
      refuseIf(current !== undefined, 'Cannot start a WAIT that already exist.');
      const seconds = update.WaitOptions?.WaitSeconds;
      if (seconds === undefined) {
        throw new Refusal('Invalid WaitOptions for the given action.');
      }
      return { ...begin(update, 'WAIT', now), WaitDetails: { ScheduledEndTimestamp: timestamp(now + seconds * 1000) } };
    }
    case 'CANCEL':
      if (current?.Status !== 'STARTED') {
        throw new Refusal('Cannot cancel a WAIT that does not exist or has already completed.');
      }
      return { ...current, Status: 'CANCELLED', EndTimestamp: timestamp(now) };
    default:
      throw new Refusal('Invalid WAIT action.');
  }
}

function begin(update: OperationUpdate, type: StoredOperation['Type'], now: number): StoredOperation {
  return {
    Id: update.Id ?? '',
    ...(update.ParentId && { ParentId: update.ParentId }),
    ...(update.Name !== undefined && { Name: update.Name }),
    Type: type,
    ...(update.SubType !== undefined && { SubType: update.SubType }),
    Status: 'STARTED',
    StartTimestamp: timestamp(now),
  };
}

function close(operation: StoredOperation, update: OperationUpdate, now: number): StoredOperation {
  checkClosing(update);
  return { ...operation, Status: update.Action === 'FAIL' ? 'FAILED' : 'SUCCEEDED', EndTimestamp: timestamp(now) };
}

export function checkClosing(update: OperationUpdate): void {
  refuseIf(update.Action === 'FAIL' && update.Payload !== undefined, 'Cannot provide a Payload for FAIL action.');
  refuseIf(update.Action === 'SUCCEED' && update.Error !== undefined, 'Cannot provide an Error for SUCCEED action.');
}

function resultOf(update: OperationUpdate): Pick<NonNullable<StoredOperation['ContextDetails']>, 'Result' | 'Error'> {
  return {
    ...(update.Payload !== undefined && { Result: update.Payload }),
    ...(update.Error !== undefined && { Error: update.Error }),
  };
}

export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function refuseIf(isRefused: boolean, detail: string): void {
  if (isRefused) {
    throw new Refusal(detail);
  }
}
