import type { Positioned, Slice, SliceRequest } from '../registry/page.ts';
import type { Condition, FleetTable, Item, ItemKey } from './fleet-table.ts';

/** A list in the table: items of one partition of the table (by `sk`) or of an index (by `listKey`). */
export interface TableList {
  readonly index?: 'fleet' | 'customer-operations';
  /** Attribute and value of the partition. */
  readonly partition: { readonly name: string; readonly value: string };
  readonly filter?: Condition;
  readonly isDescending?: boolean;
  /** Only positions of this range, both ends included; without: all of the partition. */
  readonly range?: { readonly first: string; readonly last: string };
}

/** They sort before and behind everything else. */
const lowest = ' ';
export const highest = '\u{ffff}';

/**
 * One stretch of a list. A position is a sort key and nothing more, so a forged one leads nowhere else. Both bounds of
 * a range count in DynamoDB: the item at the position itself is read once more, and left out.
 */
export async function readSlice(table: FleetTable, list: TableList, request: SliceRequest): Promise<Slice<Item>> {
  const { partition, index, filter, isDescending = false } = list;
  const { after, limit } = request;
  const sortKey = index === undefined ? 'sk' : 'listKey';
  const { first, last } = boundsOf(list, after);
  if (first > last) return { items: [] };
  const { items, lastKey } = await table.queryOnce({
    ...(index === undefined ? {} : { index }),
    ...(filter === undefined ? {} : { filter }),
    key: {
      expression: '#partition = :partition AND #position BETWEEN :first AND :last',
      names: { '#partition': partition.name, '#position': sortKey },
      values: { ':partition': partition.value, ':first': first, ':last': last },
    },
    isDescending,
    limit: after === undefined ? limit : limit + 1,
  });
  const positioned = items.map((value): Positioned<Item> => ({ position: String(value[sortKey]), value }));
  const found = positioned.filter(({ position }) => position !== after);
  // The item at the position is gone, and one more was read in its place.
  if (found.length > limit) return { items: found.slice(0, limit), next: found[limit - 1]?.position };
  return { items: found, next: lastKey === undefined ? undefined : String(lastKey[sortKey]) };
}

function boundsOf({ range, isDescending = false }: TableList, after: string | undefined) {
  const { first = lowest, last = highest } = range ?? {};
  if (after === undefined) return { first, last };
  return isDescending ? { first, last: after < last ? after : last } : { first: after > first ? after : first, last };
}

/** Of an item that an index gave: the key under which the table has it. */
export function keyOf(item: Item): ItemKey {
  return { pk: String(item['pk']), sk: String(item['sk']) };
}
