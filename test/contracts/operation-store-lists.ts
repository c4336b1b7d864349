import { expect, it } from 'vitest';
import { createDynamoOperations } from '../../src/adapters/dynamodb-operations.ts';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import type { Operation } from '../../src/operations/operation.ts';
import type { OperationStore } from '../../src/ports/operation-store.ts';
import { operationInState } from '../support/operations.ts';
import { readAll } from './registry-records.ts';

type Given = () => { readonly table: FleetTable; readonly store: OperationStore };

const minute = (n: number) => `2027-01-01T00:0${n}:00.000Z`;

/** In the order in which they were accepted; two of them at the same moment. */
const accepted: readonly Operation[] = [
  operationInState('PENDING', { id: 'op-c', createdAt: minute(0) }),
  operationInState('PENDING', { id: 'op-a', createdAt: minute(1) }),
  operationInState('PENDING', { id: 'op-other', createdAt: minute(2), customer: 'acme-2' }),
  operationInState('PENDING', { id: 'op-b', createdAt: minute(3) }),
  operationInState('PENDING', { id: 'op-d', createdAt: minute(3) }),
];
const newestFirst = ['op-d', 'op-b', 'op-a', 'op-c'];
const newestOfAll = ['op-d', 'op-b', 'op-other', 'op-a', 'op-c'];

export function operationLists(given: Given): void {
  async function filled() {
    const { store, table } = given();
    for (const operation of accepted) await store.putIfAbsent(operation);
    await expect.poll(async () => (await store.listAll({ limit: 9 })).items).toHaveLength(accepted.length);
    await expect.poll(async () => (await store.list('acme', { limit: 9 })).items).toHaveLength(newestFirst.length);
    return { store, table };
  }

  it('of open ones are oldest first, and hold each until it has ended', async () => {
    const { store } = given();
    for (const [id, createdAt] of [
      ['op-b', minute(1)],
      ['op-a', minute(0)],
      ['op-c', minute(0)],
    ] as const) {
      await store.putIfAbsent(operationInState('PENDING', { id, createdAt }));
    }
    await store.end('op-c', ['PENDING'], { state: 'REJECTED', at: minute(0) });

    await expect.poll(() => store.listOpen(10)).toEqual(['op-a', 'op-b']);
    expect(await store.listOpen(1)).toEqual(['op-a']);
  });

  it.each([1, 2, 3, 4, 5, 9])('are whole and the newest first by slices of %i', async (limit) => {
    const { store } = await filled();

    const own = await readAll((request) => store.list('acme', request), limit);
    const all = await readAll((request) => store.listAll(request), limit);

    expect(own.map(({ value }) => value.id)).toEqual(newestFirst);
    expect(all.map(({ value }) => value.id)).toEqual(newestOfAll);
    expect(new Set(all.map(({ position }) => position)).size).toBe(all.length);
  });

  it('show operations as they are now, whatever became of them', async () => {
    const { store } = await filled();
    const [first] = accepted;
    await store.markRunning('op-b', minute(4));
    await store.end('op-a', ['PENDING'], { state: 'FAILED', at: minute(5) });
    await store.close('op-a');

    const { items } = await store.list('acme', { limit: 9 });

    expect(items.map(({ value }) => value.state)).toEqual(['PENDING', 'RUNNING', 'FAILED', 'PENDING']);
    expect(items.at(-1)?.value).toEqual(first);
  });

  it('of a customer are of that customer only', async () => {
    const { store } = await filled();

    const { items } = await store.list('acme-2', { limit: 9 });
    expect(items.map(({ value }) => value.id)).toEqual(['op-other']);
    expect((await store.list('nobody', { limit: 9 })).items).toEqual([]);
  });

  it('go on behind any position, and behind one that nobody gave show nothing else', async () => {
    const { store } = await filled();
    const { items } = await store.list('acme', { limit: 9 });
    const idsBehind = async (after: string) =>
      (await store.list('acme', { after, limit: 9 })).items.map(({ value }) => value.id);

    for (const [index, { position }] of items.entries()) {
      expect(await idsBehind(position)).toEqual(newestFirst.slice(index + 1));
    }
    expect(await idsBehind(`${minute(2)}/op-other`)).toEqual(['op-a', 'op-c']);
    expect(await idsBehind('!')).toEqual([]);
    expect(await idsBehind('~')).toEqual(newestFirst);
  });

  it('leave out what the index still names and the table no longer has', async () => {
    const { store, table } = await filled();
    const lagging = createDynamoOperations({
      ...table,
      async queryOnce(options) {
        const stretch = await table.queryOnce(options);
        await table.delete({ pk: 'OPERATION#op-b', sk: 'OPERATION' }, { expression: 'attribute_exists(pk)' });
        return stretch;
      },
    });

    const { items, next } = await lagging.listAll({ limit: 2 });

    expect(items.map(({ value }) => value.id)).toEqual(['op-d']);
    const rest = await store.listAll({ after: next, limit: 9 });
    expect(rest.items.map(({ value }) => value.id)).toEqual(['op-other', 'op-a', 'op-c']);
  });
}
