/**
 * The fleet's table in memory: conditions, updates and queries as DynamoDB does them, for runs of very many calls. The
 * contracts of all stores are run over it.
 */
import type { FleetTable, Item, ItemKey, QueryOptions } from '../../src/adapters/fleet-table.ts';
import { fleetTableSchema } from '../../src/adapters/fleet-table-schema.ts';
import { conditionOf } from './table-expressions.ts';
import { updated } from './table-updates.ts';

export interface MemoryTable extends FleetTable {
  /** At once, for those who look on from outside. */
  find(key: ItemKey): Item | undefined;
  allItems(): readonly Item[];
}

export function createMemoryTable(): MemoryTable {
  const partitions = new Map<string, Map<string, Item>>();
  const find = ({ pk, sk }: ItemKey) => partitions.get(pk)?.get(sk);
  const keep = ({ pk, sk }: ItemKey, item: Item) => {
    const partition = partitions.get(pk) ?? new Map<string, Item>();
    partitions.set(pk, partition.set(sk, item));
  };
  const allItems = () => [...partitions.values()].flatMap((partition) => [...partition.values()]);
  const itemsOf = ({ key: { values = {} }, index }: QueryOptions) =>
    index === undefined ? (partitions.get(partitionValue(values)) ?? new Map<string, Item>()).values() : allItems();
  return {
    ...{ allItems, find },
    get: async (key) => find(key),
    getAll: async (keys) => keys.map((key) => key && find(key)),
    async put(item, condition) {
      if (!conditionOf(condition.expression)(find(item) ?? {}, condition)) return false;
      keep(item, stored(item) as Item);
      return true;
    },
    async update(key, update) {
      const before = find(key) ?? {};
      if (!conditionOf(update.condition)(before, update)) return false;
      const values = stored(update.values ?? {}) as Record<string, unknown>;
      keep(key, updated({ ...key, ...before }, update.expression, { names: update.names, values }));
      return true;
    },
    async delete(key, condition) {
      if (!conditionOf(condition.expression)(find(key) ?? {}, condition)) return false;
      partitions.get(key.pk)?.delete(key.sk);
      return true;
    },
    query: async (options) => select(itemsOf(options), options).items,
    queryOnce: async (options) => select(itemsOf(options), options),
  };
}

/** The partition is what a key condition names first; the conditions of the adapters call it one of these. */
function partitionValue(values: Readonly<Record<string, unknown>>): string {
  return String(values[':pk'] ?? values[':partition']);
}

function select(items: Iterable<Item>, options: QueryOptions) {
  const { key, filter, index, isDescending = false, limit } = options;
  const [hashKey, sortKey] = keysOf(index);
  const holds = conditionOf(key.expression);
  const found = [...items].filter((item) => item[hashKey] !== undefined && holds(item, key));
  const places = new Map(found.map((item) => [item, String(item[sortKey])]));
  const before = isDescending ? 1 : -1;
  found.sort((one, other) => ((places.get(one) ?? '') < (places.get(other) ?? '') ? before : -before));
  const looked = found.slice(0, limit);
  const last = looked.at(-1);
  const isLeft = filter ? conditionOf(filter.expression) : () => true;
  const shown = looked.filter((item) => isLeft(item, filter ?? {}));
  const keyOf = (item: Item): Item => ({
    pk: item['pk'],
    sk: item['sk'],
    [hashKey]: item[hashKey],
    [sortKey]: item[sortKey],
  });
  // As DynamoDB, which does not look whether something comes behind the limit.
  const lastKey = looked.length === limit && last ? keyOf(last) : undefined;
  return { items: index === undefined ? shown : shown.map(keyOf), lastKey };
}

function keysOf(index: QueryOptions['index']): readonly [string, string] {
  const { KeySchema } = fleetTableSchema.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index) ?? {};
  const [hash, range] = KeySchema ?? fleetTableSchema.KeySchema ?? [];
  return [hash?.AttributeName ?? '', range?.AttributeName ?? ''];
}

/** As it comes back: without what is `undefined`, and nobody else's to change. */
function stored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stored);
  if (value instanceof Set) {
    if (value.size === 0) throw new Error('DynamoDB knows no empty set');
    return new Set(value);
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) if (field !== undefined) fields[name] = stored(field);
  return fields;
}
