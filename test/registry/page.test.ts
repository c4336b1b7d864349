import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPage } from '../../src/registry/page.ts';
import type { PageRequest, Slice, SliceRequest } from '../../src/registry/page.ts';

interface Entry {
  readonly position: string;
  readonly value: number;
  /** Looked at by a read, and not shown. */
  isDeleted: boolean;
}

/** A list as a table gives it: slices may be shorter than asked for, empty, and followed by nothing. */
function listOf(count: number, { mostInSlice = 1_000_000, isOpenEnded = false } = {}) {
  const entries = Array.from({ length: count }, (_, value): Entry => {
    return { position: String(value).padStart(6, '0'), value, isDeleted: false };
  });
  let reads = 0;
  return {
    entries,
    reads: () => reads,
    shown: () => entries.filter(({ isDeleted }) => !isDeleted).map(({ value }) => value),
    async read({ after = '', limit }: SliceRequest): Promise<Slice<number>> {
      reads += 1;
      const rest = entries.filter(({ position }) => position > after);
      const looked = rest.slice(0, Math.min(limit, mostInSlice));
      const isEnd = looked.length === rest.length && !(isOpenEnded && looked.length > 0);
      const next = isEnd ? {} : { next: looked.at(-1)?.position };
      return { items: looked.filter(({ isDeleted }) => !isDeleted), ...next };
    },
  };
}

type List = ReturnType<typeof listOf>;

async function allPages(list: List, request: PageRequest<number>, between: () => void = () => undefined) {
  const pages: (readonly number[])[] = [];
  let after: string | undefined;
  do {
    const page = await readPage((slice) => list.read(slice), { ...request, after });
    pages.push(page.items);
    after = page.next;
    between();
  } while (after !== undefined);
  return pages;
}

const lists = fc
  .record({
    count: fc.nat({ max: 70 }),
    mostInSlice: fc.integer({ min: 1, max: 40 }),
    isOpenEnded: fc.boolean(),
    deleted: fc.array(fc.nat({ max: 69 })),
  })
  .map(({ count, deleted, ...shape }) => {
    const list = listOf(count, shape);
    for (const entry of list.entries) entry.isDeleted = deleted.includes(entry.value);
    return list;
  });
const filters = fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }).map((divisor) => {
  return divisor === undefined ? undefined : (value: number) => value % divisor === 0;
});
const sizes = fc.integer({ min: 1, max: 80 });

describe('the pages of a list', () => {
  it('are the list, whatever its slices, the size of a page and the filter', async () => {
    const property = fc.asyncProperty(lists, sizes, filters, async (list, size, accepts) => {
      const pages = await allPages(list, { size, accepts });

      expect(pages.flat()).toEqual(list.shown().filter((value) => accepts?.(value) ?? true));
      expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(size);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('lose nothing but what is deleted between them', async () => {
    const deletions = fc.array(fc.nat({ max: 69 }), { minLength: 1 });
    const property = fc.asyncProperty(lists, sizes, filters, deletions, async (...[list, size, accepts, doomed]) => {
      const before = list.shown();
      const queue = [...doomed];

      const pages = await allPages(list, { size, accepts }, () => {
        const at = list.entries.findIndex(({ value }) => value === queue[0]);
        queue.shift();
        if (at !== -1) list.entries.splice(at, 1);
      });

      const found = pages.flat();
      const accepted = (value: number) => accepts?.(value) ?? true;
      expect(found.filter((value) => !doomed.includes(value))).toEqual(
        before.filter((value) => accepted(value) && !doomed.includes(value)),
      );
      expect(found).toEqual([...new Set(found)].toSorted((one, other) => one - other));
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('are full where no filter makes them short, but for the last', async () => {
    const list = listOf(25, { mostInSlice: 3 });

    const pages = await allPages(list, { size: 10 });

    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
  });

  it('have none behind them when the last item was the end of the list', async () => {
    const whole = await readPage((slice) => listOf(10).read(slice), { size: 10 });
    const filtered = await readPage((slice) => listOf(11).read(slice), {
      size: 2,
      accepts: (value) => value % 10 === 0,
    });

    expect([whole, filtered]).toEqual([{ items: listOf(10).shown() }, { items: [0, 10] }]);
  });
});

describe('a page', () => {
  it('is read with one look at the list that asks for no more than the page', async () => {
    const list = listOf(1000);
    const asked: SliceRequest[] = [];

    const page = await readPage(
      (slice) => {
        asked.push(slice);
        return list.read(slice);
      },
      { size: 50, after: '000099' },
    );

    expect(asked).toEqual([{ after: '000099', limit: 50 }]);
    expect(page).toEqual({ items: list.shown().slice(100, 150), next: '000149' });
  });

  it('ends after a thousand items that its filter does not accept, and says where to go on', async () => {
    const list = listOf(2500);
    const accepts = (value: number) => value === 2400;

    const first = await readPage((slice) => list.read(slice), { size: 1, accepts });

    expect(first).toEqual({ items: [], next: '000999' });
    expect(list.reads()).toBe(5);
    expect(await allPages(list, { size: 1, accepts })).toEqual([[], [], [2400], []]);
  });

  it.each([1, 50, 200])('of %i takes few looks although nearly all of the list was deleted', async (size) => {
    const list = listOf(5000);
    for (const entry of list.entries) entry.isDeleted = entry.value !== 4999;

    const page = await readPage((slice) => list.read(slice), { size });

    expect(page.items).toEqual([]);
    expect(list.reads()).toBeLessThanOrEqual(6);
    expect((await allPages(list, { size })).flat()).toEqual([4999]);
  });
});
