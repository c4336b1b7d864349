import { type DurableExecutionClient, InvocationStatus } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from 'vitest';

import { createEngine } from '../../../sandbox/engine/engine.ts';
import { engineFor, gate, manualClock, runToEnd, temporaryDirectory } from './engine-fixture.ts';

const noRetry = { retryStrategy: () => ({ shouldRetry: false }) };

describe('steps', () => {
  it('run in order, and the result is kept', async () => {
    const engine = await engineFor(async (event: { base: number }, context) => {
      const first = await context.step('add-one', async () => event.base + 1);
      return context.step('double', async () => first * 2);
    });

    const execution = await runToEnd(engine, { base: 20 });

    expect(execution).toMatchObject({ status: 'SUCCEEDED', result: '42', invocations: 1 });
    expect(engine.stats('one')).toMatchObject({ durableOperations: 2, invocations: 1, checkpointedBytes: 4 });
  });

  it('fail the execution with their error when they are not retried', async () => {
    const engine = await engineFor((_event: object, context) =>
      context.step('break', () => Promise.reject(new Error('no such cluster')), noRetry),
    );

    const execution = await runToEnd(engine);

    expect(execution).toMatchObject({ status: 'FAILED', error: { ErrorMessage: 'no such cluster' } });
  });

  it('are retried after their delay and not before', async () => {
    const clock = manualClock();
    const begun = clock.now();
    const attempts: { attempt: number; seconds: number }[] = [];
    const engine = await engineFor(
      (_event: object, context) =>
        context.step(
          'flaky',
          async ({ attempt }) => {
            attempts.push({ attempt, seconds: (clock.now() - begun) / 1000 });
            if (attempts.length < 3) {
              throw new Error('not yet');
            }
            return attempts.length;
          },
          { retryStrategy: (_error, attempt) => ({ shouldRetry: true, delay: { seconds: attempt * 100 } }) },
        ),
      clock,
    );

    await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
    const pauses = [await clock.whenScheduled(800_000)];
    clock.advance(100_000);
    pauses.push(await clock.whenScheduled(800_000));
    clock.advance(200_000);
    const execution = await engine.whenEnded('one');

    expect(pauses).toEqual([100_000, 200_000]);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', result: '3', invocations: 3 });
    expect(attempts).toEqual([
      { attempt: 1, seconds: 0 },
      { attempt: 2, seconds: 100 },
      { attempt: 3, seconds: 300 },
    ]);
    expect(engine.stats('one').durableOperations).toBe(3);
  });

  it('run side by side under Promise.all, while one of them waits for its retry', async () => {
    const slow = gate();
    const runs = { flaky: 0, slow: 0 };
    const engine = await engineFor((_event: object, context) =>
      Promise.all([
        context.step(
          'flaky',
          async () => {
            runs.flaky += 1;
            if (runs.flaky === 1) {
              throw new Error('not yet');
            }
            slow.resolve();
            return 'flaky';
          },
          { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
        ),
        context.step('slow', async () => {
          runs.slow += 1;
          await slow.promise;
          return 'slow';
        }),
      ]),
    );

    const execution = await runToEnd(engine);

    expect(execution).toMatchObject({ status: 'SUCCEEDED', result: '["flaky","slow"]', invocations: 1 });
    expect(runs).toEqual({ flaky: 2, slow: 1 });
  });

  it('with a result beyond the limit end the execution with the text of the service', async () => {
    const engine = await engineFor((_event: object, context) => context.step('big', async () => 'x'.repeat(262_143)));

    const execution = await runToEnd(engine);

    expect(execution.status).toBe('FAILED');
    expect(execution.error?.ErrorMessage).toContain(
      'STEP output payload size must be less than or equal to 262144 bytes',
    );
  });
});

describe('waits', () => {
  it('suspend the execution until their time has come', async () => {
    const clock = manualClock();
    const engine = await engineFor(async (_event: object, context) => {
      await context.wait('pause', { minutes: 10 });
      return context.step('after', async () => 'done');
    }, clock);

    await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
    expect(await clock.whenScheduled(800_000)).toBe(600_000);
    clock.advance(599_000);
    expect(engine.describe('job', 'one')).toMatchObject({ status: 'RUNNING', invocations: 1 });
    clock.advance(1_000);

    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', result: '"done"', invocations: 2 });
  });

  it('for a condition check with the state of the check before', async () => {
    const clock = manualClock();
    const checks: unknown[] = [];
    const engine = await engineFor(
      (_event: object, context) =>
        context.waitForCondition(
          'ready',
          async (state: { seen: number[] }, { attempt }) => {
            checks.push(structuredClone(state.seen));
            return { seen: [...state.seen, attempt] };
          },
          {
            initialState: { seen: [] },
            waitStrategy: ({ seen }) =>
              seen.length < 4 ? { shouldContinue: true, delay: { seconds: 30 } } : { shouldContinue: false },
          },
        ),
      clock,
    );

    await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
    for (let pause = 0; pause < 3; pause += 1) {
      await clock.whenScheduled(30_000);
      clock.advance(30_000);
    }
    const execution = await engine.whenEnded('one');

    expect(checks).toEqual([[], [1], [1, 2], [1, 2, 3]]);
    expect(execution.result).toBe('{"seen":[1,2,3,4]}');
  });
});

describe('child contexts', () => {
  it('with a result too large to store are computed again from their steps', async () => {
    const clock = manualClock();
    const runs: string[] = [];
    const engine = await engineFor(async (_event: object, context) => {
      const texts = await context.runInChildContext('collect', async (child) => {
        const first = await child.step('first', async () => (runs.push('first'), 'a'.repeat(200_000)));
        const second = await child.step('second', async () => (runs.push('second'), 'b'.repeat(200_000)));
        return first + second;
      });
      await context.wait('pause', { seconds: 60 });
      return texts.length;
    }, clock);

    await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
    await clock.whenScheduled(60_000);
    clock.advance(60_000);

    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', result: '400000', invocations: 2 });
    expect(runs).toEqual(['first', 'second']);
  });

  it('that have ended show a new invocation their result and not their steps', async () => {
    const clock = manualClock();
    const engine = await engineFor(async (_event: object, context) => {
      const sum = await context.runInChildContext('add', async (child) => child.step('inner', async () => 3));
      await context.wait('pause', { seconds: 60 });
      return sum;
    }, clock);

    await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
    await clock.whenScheduled(60_000);
    clock.advance(60_000);

    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', result: '3' });
  });

  it('run as branches of parallel', async () => {
    const engine = await engineFor(async (_event: object, context) => {
      const results = await context.parallel('both', [
        (branch) => branch.step('left', async () => 'l'),
        (branch) => branch.step('right', async () => 'r'),
      ]);
      results.throwIfError();
      return results.getResults();
    });

    expect(await runToEnd(engine)).toMatchObject({ status: 'SUCCEEDED', result: '["l","r"]' });
  });
});

describe('invocations', () => {
  it('that throw are repeated with growing pauses, and with the last of them the execution fails', async () => {
    const clock = manualClock();
    const engine = await createEngine({
      ...clock,
      directory: await temporaryDirectory(),
      functions: {
        job: () => () => Promise.reject(new Error('out of memory')),
      },
      limits: { failedInvocations: 4, firstBackoffSeconds: 2, longestBackoffSeconds: 5 },
    });

    await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
    const pauses: number[] = [];
    for (let index = 0; index < 3; index += 1) {
      pauses.push(await clock.whenScheduled(800_000));
      clock.advance(pauses.at(-1) ?? 0);
    }
    const execution = await engine.whenEnded('one');

    expect(pauses).toEqual([2_000, 4_000, 5_000]);
    expect(execution).toMatchObject({ status: 'FAILED', error: { ErrorMessage: 'out of memory' }, invocations: 4 });
  });

  it('that throw again and again without a result are not repeated for ever', async () => {
    let runs = 0;
    const engine = await createEngine({
      directory: await temporaryDirectory(),
      functions: {
        job: (client) => async (event) => {
          runs += 1;
          const Updates = [{ Id: `step-${runs}`, Type: 'STEP', Action: 'START' } as const];
          await client.checkpoint({ ...event, Updates });
          throw new Error('out of memory');
        },
      },
      limits: { failedInvocations: 3, firstBackoffSeconds: 0.001 },
    });

    expect(await runToEnd(engine)).toMatchObject({ status: 'FAILED', invocations: 3, checkpoints: 3 });
  });

  it('that suspend without looking at a timer that elapsed are followed by one that does', async () => {
    const clock = manualClock();
    const seen: (string | undefined)[][] = [];
    const engine = await createEngine({
      ...clock,
      directory: await temporaryDirectory(),
      functions: {
        job: (client) => async (event) => {
          seen.push(event.InitialExecutionState.Operations.map(({ Status }) => Status));
          if (seen.length === 2) {
            return { Status: InvocationStatus.SUCCEEDED };
          }
          const Updates = [{ Id: 'w', Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds: 10 } } as const];
          const { CheckpointToken } = await client.checkpoint({ ...event, Updates });
          clock.advance(10_000);
          await client.checkpoint({ ...event, CheckpointToken });
          return { Status: InvocationStatus.PENDING };
        },
      },
    });

    expect(await runToEnd(engine)).toMatchObject({ status: 'SUCCEEDED', invocations: 2 });
    expect(seen).toEqual([['STARTED'], ['STARTED', 'SUCCEEDED']]);
  });

  it('that answer PENDING with nothing to wait for end the execution', async () => {
    const engine = await createEngine({
      directory: await temporaryDirectory(),
      functions: { job: () => () => Promise.resolve({ Status: InvocationStatus.PENDING }) },
    });

    const execution = await runToEnd(engine);

    expect(execution).toMatchObject({
      status: 'FAILED',
      error: { ErrorMessage: 'Cannot return PENDING status with no pending operations.' },
    });
  });

  it('that hang are replaced, and what they say afterwards is refused', async () => {
    const clock = manualClock();
    const [begun, wake, refused] = [gate(), gate(), gate<unknown>()];
    let runs = 0;
    const engine = await engineFor(
      (_event: object, context) =>
        context.step('apply', async () => {
          runs += 1;
          if (runs === 1) {
            begun.resolve();
            await wake.promise;
            return 'zombie';
          }
          return 'second';
        }),
      {
        ...clock,
        limits: { invocationTimeoutSeconds: 60 },
        log: (event, fields) => event === 'checkpoint refused' && refused.resolve(fields.error),
      },
    );

    await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
    await begun.promise;
    await clock.whenScheduled(60_000);
    clock.advance(60_000);
    await clock.whenScheduled(1_000);
    clock.advance(1_000);
    const execution = await engine.whenEnded('one');
    wake.resolve();

    expect(await refused.promise).toBe('Invalid checkpoint token');
    expect(execution).toMatchObject({ status: 'SUCCEEDED', result: '"second"', invocations: 2 });
    expect(engine.describe('job', 'one')).toEqual(execution);
  });

  it('read a long history page by page', async () => {
    const clock = manualClock();
    const runs = new Map<number, number>();
    const engine = await engineFor(
      async (_event: object, context) => {
        for (let index = 0; index < 7; index += 1) {
          await context.step(`step-${index}`, async () => runs.set(index, (runs.get(index) ?? 0) + 1).size);
        }
        await context.wait('pause', { seconds: 60 });
      },
      { ...clock, limits: { pageSize: 3 } },
    );

    await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
    await clock.whenScheduled(60_000);
    clock.advance(60_000);

    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', invocations: 2 });
    expect([...runs.values()]).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });
});

describe('a checkpoint', () => {
  it('is taken only with the newest token of the invocation under way', async () => {
    const answers: unknown[] = [];
    async function handler(client: DurableExecutionClient, arn: string, token: string): Promise<void> {
      const request = { DurableExecutionArn: arn, CheckpointToken: token, Updates: [] };
      const next = await client.checkpoint(request);
      answers.push(await client.checkpoint(request).catch((error: unknown) => error));
      answers.push(await client.getExecutionState(request).catch((error: unknown) => error));
      answers.push((await client.checkpoint({ ...request, CheckpointToken: next.CheckpointToken })).NewExecutionState);
    }
    const engine = await createEngine({
      directory: await temporaryDirectory(),
      functions: {
        job: (client) => async (event) => {
          await handler(client, event.DurableExecutionArn, event.CheckpointToken);
          return { Status: InvocationStatus.SUCCEEDED };
        },
      },
    });

    await runToEnd(engine);

    const refusal = { name: 'InvalidParameterValueException', message: 'Invalid checkpoint token' };
    expect(answers).toMatchObject([refusal, { ...refusal, $metadata: { httpStatusCode: 400 } }, { Operations: [] }]);
  });
});

describe('an execution', () => {
  it('is started once, however often and however concurrently it is asked for', async () => {
    let runs = 0;
    const engine = await engineFor((_event: object, context) => context.step('count', async () => (runs += 1)));
    const start = { functionName: 'job', executionName: 'one', payload: '{"a":1}' };

    const started = await Promise.all(Array.from({ length: 20 }, () => engine.start(start)));
    await engine.whenEnded('one');
    const again = await engine.start(start);

    expect(new Set(started.map(({ arn }) => arn)).size).toBe(1);
    expect(again).toMatchObject({ status: 'SUCCEEDED', arn: started[0]?.arn });
    expect(engine.executions()).toHaveLength(1);
    expect(runs).toBe(1);
  });

  it('is not started under a name that was used with another payload', async () => {
    const engine = await engineFor(async () => 'done');
    await runToEnd(engine, { a: 1 });

    const second = engine.start({ functionName: 'job', executionName: 'one', payload: '{"a":2}' });

    await expect(second).rejects.toMatchObject({ name: 'DurableExecutionAlreadyStartedException' });
  });

  it.each(['', 'a b', 'a/b', 'ä', 'x'.repeat(65)])('is not started under the name "%s"', async (executionName) => {
    const engine = await engineFor(async () => 'done');

    const start = engine.start({ functionName: 'job', executionName, payload: '{}' });

    await expect(start).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    expect(engine.executions()).toEqual([]);
  });

  it('is not started with a payload that is not JSON, nor of a function that does not exist', async () => {
    const engine = await engineFor(async () => 'done');

    const noJson = engine.start({ functionName: 'job', executionName: 'one', payload: 'a' });
    const noFunction = engine.start({ functionName: 'toString', executionName: 'one', payload: '{}' });

    await expect(noJson).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
    await expect(noFunction).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('ends when its time is up, whatever it waits for', async () => {
    const clock = manualClock();
    const engine = await engineFor((_event: object, context) => context.wait('long', { days: 7 }), {
      ...clock,
      executionTimeoutSeconds: 600,
    });

    await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
    await clock.whenScheduled(600_000);
    clock.advance(600_000);

    expect(await engine.whenEnded('one')).toMatchObject({
      status: 'TIMED_OUT',
      error: { ErrorMessage: 'Execution timed out after 600 seconds.' },
    });
  });

  it('that is stopped takes no checkpoint of the code that still runs', async () => {
    const [begun, wake, refused] = [gate(), gate(), gate<unknown>()];
    const engine = await engineFor(
      (_event: object, context) =>
        context.step('apply', async () => {
          begun.resolve();
          await wake.promise;
        }),
      { log: (event, fields) => event === 'checkpoint refused' && refused.resolve(fields.error) },
    );
    await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
    await begun.promise;

    const stopped = await engine.stop('job', 'one', { ErrorMessage: 'not wanted any more' });
    wake.resolve();

    expect(await refused.promise).toBe('Invalid checkpoint token');
    expect(stopped).toMatchObject({ status: 'STOPPED', error: { ErrorMessage: 'not wanted any more' } });
    expect(engine.describe('job', 'one')).toEqual(stopped);
  });

  it('keeps a result that is too large for an answer', async () => {
    const engine = await engineFor(async () => 'x'.repeat(6_300_000));

    const execution = await runToEnd(engine);

    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.result).toHaveLength(6_300_002);
  });
});
