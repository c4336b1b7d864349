import { describe, expect, it } from 'vitest';
import { bootstrapSteps } from '../../src/operations/operation.ts';
import type { BootstrapStep } from '../../src/operations/operation.ts';
import { operationOf } from '../support/answers.ts';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { createMemoryTable, type MemoryTable } from '../support/memory-table.ts';
import { acme, clusterPath, makeFleet } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';

async function given() {
  const table = createMemoryTable();
  const fleet = makeFleet(table);
  await fleet.register();
  const { id } = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`));
  return { table, fleet, id, ...(await bootstrapEngine(fleet)) };
}

const claimedBy = async (fleet: Fleet) => (await fleet.registry.getRuntime('acme', 'production'))?.claimedBy;

async function vanish(table: MemoryTable, id: string): Promise<void> {
  const key = { pk: `OPERATION#${id}`, sk: 'OPERATION' };
  expect(await table.delete(key, { expression: 'attribute_exists(pk)' })).toBe(true);
}

/** What was changed outside our table. */
function changesOf({ git, kubernetes }: Fleet): object {
  const { branches, deployKeys } = git.repository(acme);
  return { commits: branches.get('main')?.length, keys: deployKeys.length, writes: kubernetes.writes.length };
}

/** Beside the others, another step may have begun before and be at work still. */
const alone: ReadonlySet<BootstrapStep> = new Set(['preflight', 'apply-sync', 'await-reconciled', 'record']);

describe('an execution whose operation vanishes', () => {
  it.each(bootstrapSteps)('before %s ends, and the next one takes its cluster over', async (name) => {
    const { table, fleet, id, engine, run, bootstrap } = await given();
    let before: object | undefined;
    fleet.faults.operations.onCall('beginStep', async (_, step) => {
      if (before || (step as { name: string }).name !== name) return;
      await vanish(table, id);
      before = changesOf(fleet);
    });

    await expect(run(id)).rejects.toThrow('the operation is gone');

    expect(engine.describe('bootstrap', id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(before).toBeDefined();
    if (alone.has(name)) {
      expect(changesOf(fleet), 'what was changed after it had vanished').toEqual(before);
    }
    expect(await claimedBy(fleet)).toBe(id);
    expect(await bootstrap()).toMatchObject({ state: 'SUCCEEDED' });
    expect(await claimedBy(fleet)).toBeUndefined();
    expect(changesOf(fleet)).toMatchObject({ commits: 2, keys: 1 });
  });

  it('before it began does nothing', async () => {
    const { table, fleet, id, run } = await given();
    await vanish(table, id);

    await expect(run(id)).rejects.toThrow('the operation is gone');

    expect(fleet.faults.eks.calls).toEqual([]);
    expect(changesOf(fleet)).toEqual({ commits: 1, keys: 0, writes: 0 });
  });

  it('does not work for the new one of the same key', async () => {
    const { table, fleet, id, run } = await given();
    const operation = await fleet.operations.get(id);
    if (!operation) throw new Error('the operation is gone');
    let isGone = false;
    fleet.faults.operations.onCall('beginStep', async (_, step) => {
      if (isGone || (step as { name: string }).name !== 'apply-sync') return;
      isGone = true;
      await vanish(table, id);
      await fleet.operations.putIfAbsent({ ...operation, steps: {}, acceptedAt: undefined });
    });

    // Its steps begin with RUNNING only, which it reaches with an execution of its own.
    expect(await run(id)).toMatchObject({ state: 'PENDING', steps: {} });
    expect(isGone).toBe(true);
  });
});
