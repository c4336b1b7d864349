import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from 'vitest';

import type { Engine } from '../../../sandbox/engine/engine.ts';
import { engineFor, gate, type ManualClock, manualClock, temporaryDirectory } from './engine-fixture.ts';

const start = { functionName: 'job', executionName: 'one', payload: '{}' };

/** Runs the handler in one engine until `until`, closes that, and goes on in another on the same directory. */
async function restart(
  handler: (event: object, context: DurableContext) => Promise<unknown>,
  until: (engine: Engine, clock: ManualClock) => Promise<void>,
): Promise<{ engine: Engine; clock: ManualClock; directory: string }> {
  const clock = manualClock();
  const directory = await temporaryDirectory();
  const first = await engineFor(handler, { directory, ...clock });
  await first.start(start);
  await until(first, clock);
  await first.close();
  const engine = await engineFor(handler, { directory, ...clock });
  return { engine, clock, directory };
}

describe('after a restart', () => {
  it('a step that was cut off runs again, and those before it do not', async () => {
    const begun = gate();
    const runs: string[] = [];
    const { engine } = await restart(
      async (_event, context) => {
        await context.step('first', async () => runs.push('first'));
        await context.step('second', async () => {
          runs.push('second');
          if (runs.length === 2) {
            begun.resolve();
            await gate().promise;
          }
        });
        return context.step('third', async () => runs.push('third'));
      },
      () => begun.promise,
    );

    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', invocations: 2 });
    expect(runs).toEqual(['first', 'second', 'second', 'third']);
  });

  it('steps side by side that had ended keep their results', async () => {
    const [leftEnded, begun] = [gate(), gate()];
    const runs: string[] = [];
    const { engine } = await restart(
      async (_event, context) => {
        const left = context.step('left', async () => runs.push('left'));
        const right = context.step('right', async () => {
          runs.push('right');
          if (runs.filter((name) => name === 'right').length === 1) {
            begun.resolve();
            await gate().promise;
          }
          return runs.length;
        });
        void left.then(() => leftEnded.resolve());
        return Promise.all([left, right]);
      },
      async () => void (await Promise.all([leftEnded.promise, begun.promise])),
    );

    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', result: '[1,3]' });
    expect(runs).toEqual(['left', 'right', 'right']);
  });

  it('a wait ends at its stored time', async () => {
    const { engine, clock } = await restart(
      (_event, context) => context.wait('pause', { minutes: 10 }),
      async (_engine, time) => {
        await time.whenScheduled(600_000);
        time.advance(400_000);
      },
    );

    expect(await clock.whenScheduled(800_000)).toBe(200_000);
    clock.advance(199_000);
    expect(engine.describe('job', 'one')).toMatchObject({ status: 'RUNNING', invocations: 1 });
    clock.advance(1_000);
    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', invocations: 2 });
  });

  it('a wait whose time came while nothing ran ends at once', async () => {
    const { engine } = await restart(
      (_event, context) => context.wait('pause', { minutes: 10 }),
      async (first, time) => {
        await time.whenScheduled(600_000);
        await first.close();
        time.advance(700_000);
      },
    );

    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', invocations: 2 });
  });

  it('a retry comes at its stored time, with its attempt counted', async () => {
    const attempts: number[] = [];
    const { engine, clock } = await restart(
      (_event, context) =>
        context.step(
          'flaky',
          async ({ attempt }) => {
            attempts.push(attempt);
            if (attempt === 1) {
              throw new Error('not yet');
            }
          },
          { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 300 } }) },
        ),
      async (_engine, time) => {
        await time.whenScheduled(300_000);
        time.advance(100_000);
      },
    );

    expect(await clock.whenScheduled(800_000)).toBe(200_000);
    clock.advance(200_000);
    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', invocations: 2 });
    expect(attempts).toEqual([1, 2]);
  });

  it('only the check that was cut off is made again, with the same state', async () => {
    const begun = gate();
    const checks: number[] = [];
    const { engine, clock } = await restart(
      (_event, context) =>
        context.waitForCondition(
          'ready',
          async (count: number) => {
            checks.push(count);
            if (count === 2 && checks.length === 3) {
              begun.resolve();
              await gate().promise;
            }
            return count + 1;
          },
          {
            initialState: 0,
            waitStrategy: (count) =>
              count < 4 ? { shouldContinue: true, delay: { seconds: 30 } } : { shouldContinue: false },
          },
        ),
      async (_engine, time) => {
        await time.whenScheduled(30_000);
        time.advance(30_000);
        await time.whenScheduled(30_000);
        time.advance(30_000);
        await begun.promise;
      },
    );

    await clock.whenScheduled(30_000);
    clock.advance(30_000);
    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', result: '4' });
    expect(checks).toEqual([0, 1, 2, 2, 3]);
  });

  it('the deadline of the execution is what it was', async () => {
    const { engine } = await restart(
      (_event, context) => context.wait('long', { days: 7 }),
      async (first, time) => {
        await time.whenScheduled(900_000);
        await first.close();
        time.advance(86_400_000);
      },
    );

    expect(await engine.whenEnded('one')).toMatchObject({ status: 'TIMED_OUT' });
  });

  it('executions that have ended are still known, and are not run again', async () => {
    let runs = 0;
    const { engine } = await restart(
      (_event, context) => context.step('count', async () => (runs += 1)),
      async (first) => void (await first.whenEnded('one')),
    );

    expect(await engine.start(start)).toMatchObject({ status: 'SUCCEEDED', result: '1' });
    expect(await engine.whenEnded('one')).toMatchObject({ result: '1' });
    expect(runs).toBe(1);
  });
});

describe('the files', () => {
  it('are not harmed by a write that was cut off', async () => {
    const { engine: second, directory } = await restart(
      (_event, context) => context.step('count', async () => 1),
      async (first) => void (await first.whenEnded('one')),
    );
    await second.close();
    await writeFile(join(directory, 'job', 'one.json.tmp'), '{"format":1,"functionNa');
    await writeFile(join(directory, 'job', 'two.json.tmp'), '');

    const third = await engineFor(async () => undefined, { directory });

    expect(third.executions()).toMatchObject([{ executionName: 'one', status: 'SUCCEEDED', result: '1' }]);
    expect(await readdir(join(directory, 'job'))).toEqual(['one.json']);
  });

  it('hold every execution as it is known, one file each', async () => {
    const directory = await temporaryDirectory();
    const engine = await engineFor((_event: object, context) => context.step('count', async () => 1), { directory });
    await engine.start(start);
    await engine.start({ ...start, executionName: 'two' });
    await Promise.all([engine.whenEnded('one'), engine.whenEnded('two')]);

    expect((await readdir(join(directory, 'job'))).toSorted()).toEqual(['one.json', 'two.json']);
    expect(JSON.parse(await readFile(join(directory, 'job', 'two.json'), 'utf8'))).toEqual(
      engine.describe('job', 'two'),
    );
  });

  it('that hold something else keep the engine from starting, by name', async () => {
    const directory = await temporaryDirectory();
    const engine = await engineFor(async () => 'done', { directory });
    await engine.start(start);
    await engine.whenEnded('one');
    await writeFile(join(directory, 'job', 'one.json'), '{}');

    await expect(engineFor(async () => 'done', { directory })).rejects.toThrow('job/one.json cannot be read');
  });
});
