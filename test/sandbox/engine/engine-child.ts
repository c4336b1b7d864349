/**
 * An engine in a process of its own, for tests that kill it: `node engine-child.ts DIRECTORY`. Each line of
 * `DIRECTORY/effects` is an effect; the process ends by itself once the execution has ended.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

import { withDurableExecution } from '@aws/durable-execution-sdk-js';

import { createCrashPoints, withCrashPoints } from '../../../sandbox/engine/crash-points.ts';
import { createEngine } from '../../../sandbox/engine/engine.ts';

const directory = process.argv[2] ?? '.';
const crashPoints = createCrashPoints(join(directory, 'points'));
const world = withCrashPoints(
  'world',
  {
    change(name: string): Promise<string> {
      appendFileSync(join(directory, 'effects'), `${name}\n`);
      return Promise.resolve(name);
    },
  },
  crashPoints,
);

const engine = await createEngine({
  directory: join(directory, 'executions'),
  crashPoints,
  functions: {
    job: (durableExecutionClient) =>
      withDurableExecution(
        async (_event: object, context) => {
          await context.step('commit', () => world.change('commit'));
          await Promise.all([
            context.step('left', () => world.change('left')),
            context.step('right', () => world.change('right')),
          ]);
          await context.wait('pause', { seconds: 1 });
          const checks = await context.waitForCondition(
            'ready',
            async (count: number) => {
              await world.change(`check-${count}`);
              return count + 1;
            },
            {
              initialState: 0,
              waitStrategy: (count) =>
                count < 3 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
            },
          );
          return context.step('record', async () => `${await world.change('record')} after ${checks} checks`);
        },
        { durableExecutionClient },
      ),
  },
});
await engine.start({ functionName: 'job', executionName: 'one', payload: '{}' });
await engine.whenEnded('one');
await engine.close();
