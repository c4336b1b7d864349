import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QueryOptions } from '../../src/adapters/fleet-table.ts';
import { readSlice } from '../../src/adapters/table-slice.ts';
import type { TableList } from '../../src/adapters/table-slice.ts';
import { readAll } from '../contracts/registry-records.ts';
import { useDynalite } from '../support/fleet-table.ts';

const dynamo = useDynalite();

const keys = ['A#1', 'A#2', 'A#2-1', 'A#~', 'B#1', 'B#2', 'C'];
const partition = { name: 'pk', value: 'list' };
const isKept = { expression: 'attribute_not_exists(isDeleted)' };

/** A partition of the table, the same keys in the index `fleet`, and neighbours of both. */
async function given() {
  const table = await dynamo.table();
  const isNew = { expression: 'attribute_not_exists(pk)' };
  for (const sk of keys) await table.put({ pk: 'list', sk, listKind: 'KIND', listKey: sk }, isNew);
  for (const pk of ['lis', 'list#', 'other']) {
    await table.put({ pk, sk: 'A#1', listKind: `${pk}-KIND`, listKey: 'A#1' }, isNew);
  }
  const queries: QueryOptions[] = [];
  const counted: typeof table = {
    ...table,
    async queryOnce(options) {
      queries.push(options);
      return table.queryOnce(options);
    },
  };
  return { table, counted, queries };
}

const bound = fc.constantFrom(' ', 'A', 'A#', 'A#1', 'A#2', 'A#2-1', 'A#3', 'A#\u{ffff}', 'B#1', 'C', 'D', '\u{ffff}');
const shapes = fc.record({
  index: fc.option(fc.constant('fleet' as const), { nil: undefined }),
  isDescending: fc.boolean(),
  range: fc.option(fc.record({ first: bound, last: bound }), { nil: undefined }),
});
type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;

function listOf({ index, isDescending, range }: Shape): TableList {
  const where = index === undefined ? { partition } : { index, partition: { name: 'listKind', value: 'KIND' } };
  return { ...where, isDescending, ...(range === undefined ? {} : { range }) };
}

/** What a list of that shape holds behind a position, by plain comparison of texts. */
function expected({ isDescending, range }: Shape, after?: string): readonly string[] {
  const inRange = keys.filter((key) => range === undefined || (key >= range.first && key <= range.last));
  const inOrder = isDescending ? inRange.toReversed() : inRange;
  return inOrder.filter((key) => after === undefined || (isDescending ? key < after : key > after));
}

describe('the slices of a list', () => {
  it('are the list in either order, whatever its range and their limit, in the table and in an index', async () => {
    const { table } = await given();

    const property = fc.asyncProperty(shapes, fc.integer({ min: 1, max: 9 }), async (shape, limit) => {
      const found = await readAll((request) => readSlice(table, listOf(shape), request), limit);
      expect(found.map(({ position }) => position)).toEqual(expected(shape));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('begin behind any position, one of the list or not, and never leave the list', async () => {
    const { table } = await given();
    const position = fc.oneof(
      fc.constantFrom(...keys),
      bound,
      fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme-ascii' }),
    );

    const property = fc.asyncProperty(shapes, position, fc.integer({ min: 1, max: 9 }), async (shape, after, limit) => {
      const { items } = await readSlice(table, listOf(shape), { after, limit });
      const behind = expected(shape, after);
      expect(items.map((item) => item.position)).toEqual(behind.slice(0, limit));
      expect(items.map(({ value }) => value['pk'])).toEqual(items.map(() => 'list'));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it.each([1, 2, 3, 9])('leave out what their filter does not hold for, by slices of %i', async (limit) => {
    const { table } = await given();
    for (const sk of ['A#1', 'A#2-1', 'A#~', 'C']) {
      const condition = 'attribute_exists(pk)';
      await table.update(
        { pk: 'list', sk },
        { expression: 'SET isDeleted = :true', condition, values: { ':true': true } },
      );
    }

    const found = await readAll((request) => readSlice(table, { partition, filter: isKept }, request), limit);

    expect(found.map(({ position }) => position)).toEqual(['A#2', 'B#1', 'B#2']);
  });

  it('go on where they stopped when the item at that position is gone', async () => {
    const { table } = await given();
    const first = await readSlice(table, { partition }, { limit: 2 });
    await table.delete({ pk: 'list', sk: first.next ?? '' }, { expression: 'attribute_exists(pk)' });

    const second = await readSlice(table, { partition }, { after: first.next, limit: 2 });
    const third = await readSlice(table, { partition }, { after: second.next, limit: 2 });

    expect(first.items.map(({ position }) => position)).toEqual(['A#1', 'A#2']);
    expect(second.items.map(({ position }) => position)).toEqual(['A#2-1', 'A#~']);
    expect(third.items.map(({ position }) => position)).toEqual(['B#1', 'B#2']);
  });

  it('ask the table for nothing where there can be nothing', async () => {
    const { counted, queries } = await given();
    const range = { first: 'A#', last: 'A#~' };

    expect(await readSlice(counted, { partition, range }, { after: 'B#', limit: 9 })).toEqual({ items: [] });
    expect(await readSlice(counted, { partition, range, isDescending: true }, { after: 'A', limit: 9 })).toEqual({
      items: [],
    });
    expect(queries).toEqual([]);
  });

  it('read no more than was asked for, and the item at the position once more', async () => {
    const { counted, queries } = await given();

    await readSlice(counted, { partition }, { limit: 2 });
    await readSlice(counted, { partition }, { after: 'A#2', limit: 2 });

    expect(queries.map(({ limit }) => limit)).toEqual([2, 3]);
  });
});
