import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { newExecution } from '../../../sandbox/engine/execution-record.ts';
import { createExecutionStore } from '../../../sandbox/engine/execution-store.ts';
import { temporaryDirectory } from './engine-fixture.ts';

describe("an execution's file", () => {
  it('is whole at every moment, also while it is replaced', async () => {
    const directory = await temporaryDirectory();
    const store = createExecutionStore(directory);
    const payload = JSON.stringify('x'.repeat(300_000));
    const record = newExecution({
      functionName: 'job',
      executionName: 'one',
      arn: 'arn',
      payload,
      now: 0,
      timeoutSeconds: 60,
    });
    await store.save(record);

    const lengths = new Set<number>();
    async function write(): Promise<void> {
      for (let checkpoints = 1; checkpoints <= 30; checkpoints += 1) {
        await store.save({ ...record, checkpoints });
      }
    }
    async function read(): Promise<void> {
      for (let reads = 0; reads < 100; reads += 1) {
        lengths.add(JSON.parse(await readFile(join(directory, 'job', 'one.json'), 'utf8')).payload.length);
      }
    }
    await Promise.all([write(), read()]);

    expect([...lengths]).toEqual([payload.length]);
    expect(await store.load()).toMatchObject([{ executionName: 'one', checkpoints: 30 }]);
  });
});
