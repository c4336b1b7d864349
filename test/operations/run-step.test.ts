import { describe, expect, it } from 'vitest';
import { OutsideCallError } from '../../src/errors.ts';
import { RefusedForNow } from '../../src/operations/operation-failures.ts';
import { runStep } from '../../src/operations/run-step.ts';
import type { BodyOutcome, StepRun } from '../../src/operations/run-step.ts';
import type { OperationState } from '../../src/operations/operation.ts';
import { unavailable } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { makeFleet } from '../support/fleet.ts';
import { operationInState, setState } from '../support/operations.ts';

async function given(state: OperationState = 'RUNNING') {
  const table = createMemoryTable();
  const fleet = makeFleet(table);
  const deadlineAt = new Date(fleet.clock.now().getTime() + 60_000).toISOString();
  const operation = operationInState(state, { deadlineAt });
  await fleet.operations.putIfAbsent(operation);
  const unexpected: unknown[] = [];
  const run = (body: StepRun<string>['body'], fields: Partial<StepRun<string>> = {}) =>
    runStep<string>({
      ...{ operations: fleet.operations, now: fleet.clock.now, operation, name: 'preflight' },
      ...{ attempt: 1, maxAttempts: 3, timeoutSeconds: 60, body, onUnexpected: (error) => void unexpected.push(error) },
      ...fields,
    });
  const step = async () => (await fleet.operations.get(operation.id))?.steps['preflight'];
  return { table, fleet, operation, run, step, unexpected };
}

const succeeded = async (): Promise<BodyOutcome<string>> => ({
  kind: 'succeeded',
  evidence: { commit: 'c0ffee' },
  value: 'x',
});
const refusal = { code: 'cluster-not-found', detail: 'There is none.', remedies: ['Look.'] } as const;

describe('a step', () => {
  it('is RUNNING while its body runs, and SUCCEEDED with its evidence after it', async () => {
    const { run, step } = await given();
    let during: unknown;

    const result = await run(async () => {
      during = await step();
      return succeeded();
    });

    expect(result).toEqual({ kind: 'done', value: 'x' });
    expect(during).toMatchObject({ state: 'RUNNING', attempt: 1 });
    expect(await step()).toMatchObject({ state: 'SUCCEEDED', evidence: { commit: 'c0ffee' } });
  });

  it('that finds all done is SKIPPED, with its reason', async () => {
    const { run, step } = await given();

    const result = await run(async () => ({ kind: 'skipped', evidence: { reason: 'all is well' }, value: 'x' }));

    expect(result).toEqual({ kind: 'done', value: 'x' });
    expect(await step()).toMatchObject({ state: 'SKIPPED', evidence: { reason: 'all is well' } });
  });

  it('that is not there yet stays RUNNING and says what it waits for', async () => {
    const { run, step } = await given();
    const problem = { code: 'not-reconciled', detail: 'no artifact' };

    const result = await run(async () => ({ kind: 'waiting', progress: { waitingFor: 'source' }, problem }));

    expect(result).toEqual({ kind: 'waiting' });
    expect(await step()).toMatchObject({ state: 'RUNNING', evidence: { waitingFor: 'source' }, lastProblem: problem });
  });

  it('that is refused is FAILED with step, code and remedies', async () => {
    const { run, step } = await given();

    const result = await run(async () => ({ kind: 'refused', refusal }));

    expect(result).toEqual({ kind: 'failed', failure: { step: 'preflight', ...refusal, retryable: false } });
    expect(await step()).toMatchObject({ state: 'FAILED', lastProblem: { code: 'cluster-not-found' } });
  });

  it('throws what may pass, for the engine to try again, and shows it meanwhile', async () => {
    const { run, step } = await given();
    const error = unavailable('kubernetes');

    await expect(run(() => Promise.reject(error))).rejects.toBe(error);

    expect(await step()).toMatchObject({ state: 'RUNNING', lastProblem: { code: 'api-server-unreachable' } });
  });

  it('fails with what may pass at its last attempt', async () => {
    const { run } = await given();

    const result = await run(() => Promise.reject(unavailable('git-host')), { attempt: 3 });

    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'git-host-unavailable', retryable: true } });
  });

  it('that is refused for now is tried again, and FAILED at its last attempt', async () => {
    const { run, step, unexpected } = await given();
    const busy = new RefusedForNow({ ...refusal, code: 'repository-busy', retryable: true });

    await expect(run(() => Promise.reject(busy))).rejects.toBe(busy);
    expect(await step()).toMatchObject({ state: 'RUNNING', lastProblem: { code: 'repository-busy' } });
    const result = await run(() => Promise.reject(busy), { attempt: 3 });

    expect(result).toEqual({ kind: 'failed', failure: { step: 'preflight', ...busy.refusal } });
    expect(await step()).toMatchObject({ state: 'FAILED', lastProblem: { code: 'repository-busy' } });
    expect(unexpected).toEqual([]);
  });

  it('fails at once with what will not pass by itself', async () => {
    const { run } = await given();
    const error = new OutsideCallError({
      system: 'kubernetes',
      failure: 'rejected',
      attempted: 'apply',
      answer: 'invalid',
    });

    const result = await run(() => Promise.reject(error));

    expect(result).toMatchObject({ failure: { code: 'outside-call-refused', retryable: false } });
    expect(result).toMatchObject({ failure: { detail: expect.stringContaining('It said: invalid') } });
  });

  it('tells the log, and nobody else, of an error that nobody expected', async () => {
    const { run, step, unexpected } = await given();
    const error = new TypeError('the inner workings');

    const result = await run(() => Promise.reject(error));

    expect(result).toMatchObject({ failure: { code: 'internal-error' } });
    expect(JSON.stringify([result, await step()])).not.toContain('inner workings');
    expect(unexpected).toEqual([error]);
  });

  it('that does not end in time is aborted, and may be tried again', async () => {
    const { run } = await given();
    let signal: AbortSignal | undefined;
    const never = (deadline: AbortSignal) => {
      signal = deadline;
      return new Promise<never>(() => undefined);
    };

    await expect(run(never, { timeoutSeconds: 0.02 })).rejects.toMatchObject({ failure: 'timeout' });
    expect(signal?.aborted).toBe(true);
  });

  it('does not begin after the deadline of its operation', async () => {
    const { fleet, run } = await given();
    fleet.clock.advance(60_001);

    const result = await run(() => Promise.reject(new Error('it began')));

    expect(result).toMatchObject({ failure: { code: 'deadline-exceeded', retryable: true } });
  });

  it.each(['PENDING', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const)(
    'does not begin when the operation is %s',
    async (state) => {
      const { table, operation, run, step } = await given();
      await setState(table, operation.id, state);

      const result = await run(() => Promise.reject(new Error('it began')));

      expect(result).toEqual({ kind: 'stopped' });
      expect(await step()).toMatchObject({ state: 'PENDING' });
    },
  );

  it('keeps what it did when the operation is cancelled meanwhile', async () => {
    const { table, operation, run, step } = await given();

    const result = await run(async () => {
      await setState(table, operation.id, 'CANCELLING');
      return succeeded();
    });

    expect(result).toEqual({ kind: 'done', value: 'x' });
    expect(await step()).toMatchObject({ state: 'SUCCEEDED' });
  });

  it.each<[string, StepRun<string>['body']]>([
    ['succeeds', succeeded],
    ['waits', async () => ({ kind: 'waiting', progress: {} })],
    ['is refused', async () => ({ kind: 'refused', refusal })],
  ])('that %s after the operation has ended changes nothing of it', async (_, outcome) => {
    const { fleet, operation, run } = await given();
    let ended: unknown;

    const result = await run(async (signal) => {
      await fleet.operations.end(operation.id, ['RUNNING'], { state: 'FAILED', at: operation.createdAt });
      ended = await fleet.operations.get(operation.id);
      return outcome(signal);
    });

    expect(result).toEqual({ kind: 'stopped' });
    expect(await fleet.operations.get(operation.id)).toEqual(ended);
  });
});
