import type { OperationUpdate } from '@aws/durable-execution-sdk-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  applyCheckpoint,
  elapseTimers,
  nextTimerAt,
  operationLimit,
  visibleOperations,
} from '../../../sandbox/engine/checkpoint-state.ts';
import { type CheckpointState, newExecution, type StoredOperation } from '../../../sandbox/engine/execution-record.ts';

const now = Date.parse('2026-05-01T10:00:00Z');
const empty = newExecution({
  functionName: 'job',
  executionName: 'one',
  arn: 'arn',
  payload: '{}',
  now,
  timeoutSeconds: 60,
}).state;

function applied(state: CheckpointState, updates: readonly OperationUpdate[], time = now): CheckpointState {
  const outcome = applyCheckpoint(state, updates, time);
  if (outcome.kind === 'refused') {
    throw new Error(outcome.detail);
  }
  return outcome.state;
}

function refusal(state: CheckpointState, updates: readonly OperationUpdate[]): string {
  const outcome = applyCheckpoint(state, updates, now);
  return outcome.kind === 'refused' ? outcome.detail : 'applied';
}

function step(Action: OperationUpdate['Action'], rest: Partial<OperationUpdate> = {}): OperationUpdate {
  return { Id: 's', Type: 'STEP', Action, ...rest };
}

function operation(state: CheckpointState, id = 's'): StoredOperation | undefined {
  return state.operations.find(({ Id }) => Id === id);
}

const retryIn10 = step('RETRY', { Payload: '{"seen":1}', StepOptions: { NextAttemptDelaySeconds: 10 } });

describe('a step', () => {
  it('keeps its stored result through READY and START', () => {
    const retrying = applied(empty, [step('START'), retryIn10]);
    const ready = elapseTimers(retrying, now + 10_000).state;
    const started = applied(ready, [step('START')], now + 10_000);

    expect(operation(retrying)).toMatchObject({ Status: 'PENDING', StepDetails: { Attempt: 1, Result: '{"seen":1}' } });
    expect(operation(ready)).toMatchObject({ Status: 'READY', StepDetails: { Attempt: 1, Result: '{"seen":1}' } });
    expect(operation(started)?.StepDetails).toEqual({ Attempt: 1, Result: '{"seen":1}' });
  });

  it('is due after its delay and not before', () => {
    const retrying = applied(empty, [step('START'), retryIn10]);

    expect(nextTimerAt(retrying)).toBe(now + 10_000);
    expect(elapseTimers(retrying, now + 9_900)).toEqual({ state: retrying, changed: [] });
    expect(nextTimerAt(elapseTimers(retrying, now + 10_000).state)).toBeUndefined();
  });

  it.each([
    ['starts while it runs', [step('START')], 'Invalid current STEP state to start.'],
    ['retries without a delay', [step('RETRY')], 'Invalid StepOptions for the given action.'],
    ['succeeds with an error', [step('SUCCEED', { Error: {} })], 'Cannot provide an Error for SUCCEED action.'],
    ['fails with a payload', [step('FAIL', { Payload: '1' })], 'Cannot provide a Payload for FAIL action.'],
    ['succeeds twice', [step('SUCCEED'), step('SUCCEED')], 'Invalid current STEP state to close.'],
    ['starts before its retry is due', [retryIn10, step('START')], 'Invalid current STEP state to start.'],
    ['changes its type', [step('SUCCEED', { Type: 'CONTEXT' })], 'Inconsistent operation type.'],
    ['changes its name', [step('SUCCEED', { Name: 'other' })], 'Inconsistent operation name.'],
    ['is cancelled', [step('CANCEL')], 'Invalid STEP action.'],
  ])('is refused when it %s', (_what, updates, detail) => {
    expect(refusal(applied(empty, [step('START')]), updates)).toBe(detail);
  });
});

describe('a batch', () => {
  it('is refused as a whole', () => {
    const updates = [step('START'), step('SUCCEED', { Id: 't', ParentId: 'nobody' })];

    expect(applyCheckpoint(empty, updates, now)).toEqual({ kind: 'refused', detail: 'Invalid parent operation id.' });
  });

  it('may hold 3,000 operations and no more', () => {
    const updates = Array.from({ length: operationLimit }, (_, index) => step('START', { Id: `s${index}` }));
    const full = applied(empty, updates);

    expect(full.operations).toHaveLength(operationLimit + 1);
    expect(refusal(full, [step('START')])).toContain('3000 operations');
  });

  it('may hold a payload of 262,144 bytes and no more', () => {
    expect(refusal(empty, [step('SUCCEED', { Payload: 'ä'.repeat(131_072) })])).toBe('applied');
    expect(refusal(empty, [step('SUCCEED', { Payload: `${'ä'.repeat(131_072)}x` })])).toBe(
      'STEP output payload size must be less than or equal to 262144 bytes.',
    );
  });

  it('ends the execution by its last update only', () => {
    const end: OperationUpdate = { Id: 'e', Type: 'EXECUTION', Action: 'SUCCEED', Payload: '1' };

    expect(applied(empty, [step('START'), end]).outcome).toEqual({ status: 'SUCCEEDED', result: '1' });
    expect(refusal(empty, [end, step('START')])).toBe('EXECUTION checkpoint must be the last update.');
  });
});

describe('operations inside a context that has ended', () => {
  const context: OperationUpdate = { Id: 'c', Type: 'CONTEXT', Action: 'START' };
  const inner: OperationUpdate = { Id: 'd', Type: 'CONTEXT', Action: 'START', ParentId: 'c' };
  const open = applied(empty, [context, inner, step('START', { ParentId: 'd' })]);

  function visibleIds(end: Partial<OperationUpdate>): (string | undefined)[] {
    return visibleOperations(applied(open, [{ ...context, Action: 'SUCCEED', ...end }])).map(({ Id }) => Id);
  }

  it('are left out', () => {
    expect(visibleIds({})).toEqual(['one', 'c']);
  });

  it('are shown when the context asked for them', () => {
    expect(visibleIds({ ContextOptions: { ReplayChildren: true } })).toEqual(['one', 'c', 'd', 's']);
  });
});

describe('any sequence of batches and pauses', () => {
  const ids = ['a', 'b', 'c'] as const;
  const update: fc.Arbitrary<OperationUpdate> = fc.record({
    Id: fc.constantFrom(...ids),
    Type: fc.constantFrom('STEP', 'STEP', 'WAIT', 'CONTEXT'),
    Action: fc.constantFrom('START', 'SUCCEED', 'FAIL', 'RETRY', 'CANCEL'),
    Payload: fc.option(fc.constantFrom('1', '"state"'), { nil: undefined }),
    StepOptions: fc.record({ NextAttemptDelaySeconds: fc.integer({ min: 1, max: 20 }) }),
    WaitOptions: fc.record({ WaitSeconds: fc.integer({ min: 1, max: 20 }) }),
  });
  const move = fc.record({
    updates: fc.array(update, { minLength: 1, maxLength: 3 }),
    pauseSeconds: fc.integer({ min: 0, max: 15 }),
  });

  it('never leaves an end, loses no attempt and no result, and changes nothing when refused', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 25 }), (moves) => {
        let state = empty;
        let time = now;
        for (const { updates, pauseSeconds } of moves) {
          time += pauseSeconds * 1000;
          const elapsed = elapseTimers(state, time).state;
          const before = structuredClone(elapsed);
          const outcome = applyCheckpoint(elapsed, updates, time);
          const next = outcome.kind === 'applied' ? outcome.state : elapsed;

          expect(elapsed).toEqual(before);
          expectSuccession(state, elapsed);
          expectSuccession(elapsed, next);
          expect(JSON.parse(JSON.stringify(next))).toEqual(next);
          expect(nextTimerAt(elapsed) ?? Infinity).toBeGreaterThan(time);
          state = next;
        }
      }),
      { numRuns: 400 },
    );
  });

  /** What holds between a state and one that came of it. */
  function expectSuccession(before: CheckpointState, after: CheckpointState): void {
    expect(after.operations.map(({ Id }) => Id).slice(0, before.operations.length)).toEqual(
      before.operations.map(({ Id }) => Id),
    );
    expect(after.retries).toBeGreaterThanOrEqual(before.retries);
    for (const old of before.operations) {
      const current = operation(after, old.Id);
      if (['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(old.Status)) {
        expect(current).toEqual(old);
      }
      expect(current?.StepDetails?.Attempt ?? 0).toBeGreaterThanOrEqual(old.StepDetails?.Attempt ?? 0);
      const isSameAttempt = current?.StepDetails?.Attempt === old.StepDetails?.Attempt;
      if (isSameAttempt && old.StepDetails?.Result !== undefined) {
        expect(current?.StepDetails?.Result).toBe(old.StepDetails.Result);
      }
    }
  }
});
