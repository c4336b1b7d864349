import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startDynalite } from '../../sandbox/dynamodb.ts';
import { createTestTable } from '../support/fleet-table.ts';

it('answers what has been asked before it closes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dynamodb-'));
  const server = await startDynalite({ directory });
  const table = await createTestTable(server.url);
  const asked = server.requestCount();
  const reads = Promise.allSettled(Array.from({ length: 20 }, (_, index) => table.get({ pk: String(index), sk: 'x' })));
  await expect.poll(() => server.requestCount(), { interval: 1 }).toBeGreaterThan(asked);

  await server.close();

  const answers = await reads;
  expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
  await rm(directory, { recursive: true });
});
