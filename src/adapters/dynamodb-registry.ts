import { randomUUID } from 'node:crypto';
import type { AccountRecord } from '../accounts/account.ts';
import type { ClusterRecord, ClusterRuntime } from '../clusters/cluster.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import type { Registry, UniqueOutcome, WriteOutcome } from '../ports/registry.ts';
import type { FleetTable, ItemKey } from './fleet-table.ts';

/** Keys of the registry's items. All of one customer stands in one partition; names of the fleet have their own. */
const keys = {
  customer: (customer: string): ItemKey => ({ pk: `CUSTOMER#${customer}`, sk: 'CUSTOMER' }),
  account: (customer: string, account: string): ItemKey => ({ pk: `CUSTOMER#${customer}`, sk: `ACCOUNT#${account}` }),
  cluster: (customer: string, cluster: string): ItemKey => ({ pk: `CUSTOMER#${customer}`, sk: `CLUSTER#${cluster}` }),
  runtime: (customer: string, cluster: string): ItemKey => ({ pk: `CUSTOMER#${customer}`, sk: `RUNTIME#${cluster}` }),
  unique: (name: string): ItemKey => ({ pk: `UNIQUE#${name}`, sk: 'UNIQUE' }),
  digest: (name: string): ItemKey => ({ pk: `DIGEST#${name}`, sk: 'DIGEST' }),
};

/** The registry over the fleet's table. */
export function createDynamoRegistry(table: FleetTable): Registry {
  return { ...records(table), ...runtimes(table), ...names(table) };
}

function records(table: FleetTable) {
  return {
    getCustomer: (customer: string) => read<CustomerRecord>(table, keys.customer(customer)),
    putCustomer: (record: CustomerRecord) => write(table, keys.customer(record.id), record),
    getAccount: (customer: string, account: string) => read<AccountRecord>(table, keys.account(customer, account)),
    putAccount: (record: AccountRecord) => write(table, keys.account(record.customer, record.id), record),
    getCluster: (customer: string, cluster: string) => read<ClusterRecord>(table, keys.cluster(customer, cluster)),
    putCluster: (record: ClusterRecord) => write(table, keys.cluster(record.customer, record.id), record),
    async listClusterIds(customer: string) {
      const items = await table.query({
        key: {
          expression: 'pk = :pk AND begins_with(sk, :prefix)',
          values: { ':pk': `CUSTOMER#${customer}`, ':prefix': 'CLUSTER#' },
        },
        limit: 10_000,
      });
      return items.map((item) => String(item['sk']).slice('CLUSTER#'.length));
    },
  } satisfies Partial<Registry>;
}

function runtimes(table: FleetTable) {
  return {
    async getRuntime(customer, cluster) {
      return read<ClusterRuntime>(table, keys.runtime(customer, cluster));
    },
    async createRuntime(customer, cluster) {
      await table.put(
        { ...keys.runtime(customer, cluster), customer, cluster },
        { expression: 'attribute_not_exists(pk)' },
      );
    },
    async claim({ customer, cluster, operationId, instead }) {
      const isClaimed = await table.update(keys.runtime(customer, cluster), {
        expression: 'SET claimedBy = :me',
        // Exists, and is free, mine already (the answer was lost), or held by one that is known to have ended.
        condition:
          'attribute_exists(pk) AND (attribute_not_exists(claimedBy) OR claimedBy = :me OR claimedBy = :instead)',
        values: { ':me': operationId, ':instead': instead ?? operationId },
      });
      if (isClaimed) return { kind: 'claimed' };
      const runtime = await read<ClusterRuntime>(table, keys.runtime(customer, cluster));
      if (!runtime) return { kind: 'no-such-cluster' };
      return { kind: 'held', operationId: runtime.claimedBy ?? '' };
    },
    async release({ customer, cluster, operationId }) {
      await table.update(keys.runtime(customer, cluster), {
        expression: 'REMOVE claimedBy',
        condition: 'claimedBy = :me',
        values: { ':me': operationId },
      });
    },
    async recordResult({ customer, cluster, operationId }, result) {
      const isWritten = await table.update(keys.runtime(customer, cluster), {
        expression: 'SET #result = :result',
        condition: 'claimedBy = :me',
        names: { '#result': 'result' },
        values: { ':me': operationId, ':result': result },
      });
      return { kind: isWritten ? 'written' : 'changed' };
    },
  } satisfies Partial<Registry>;
}

function names(table: FleetTable) {
  return {
    async takeUnique(name, owner, { now, instead }): Promise<UniqueOutcome> {
      const isMine = await table.put(
        { ...keys.unique(name), owner, takenAt: now },
        {
          expression: 'attribute_not_exists(pk) OR #owner = :me OR (#owner = :stale AND takenAt = :staleSince)',
          names: { '#owner': 'owner' },
          values: { ':me': owner, ':stale': instead?.owner ?? owner, ':staleSince': instead?.takenAt ?? now },
        },
      );
      if (isMine) return { kind: 'mine' };
      const item = await table.get(keys.unique(name));
      return { kind: 'taken', owner: textOf(item?.['owner']) ?? '', takenAt: textOf(item?.['takenAt']) ?? now };
    },
    async freeUnique(name, owner, since) {
      await table.delete(keys.unique(name), {
        // Not one that the owner has taken back since: a slow request must not free what a later one relies on.
        expression: '#owner = :me AND takenAt <= :since',
        names: { '#owner': 'owner' },
        values: { ':me': owner, ':since': since },
      });
    },
    async keepDigest(name, digest) {
      const isFirst = await table.put({ ...keys.digest(name), digest }, { expression: 'attribute_not_exists(pk)' });
      if (isFirst) return digest;
      const item = await table.get(keys.digest(name));
      return textOf(item?.['digest']) ?? '';
    },
  } satisfies Partial<Registry>;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Our own items are written by this file alone, so their shape is known. */
async function read<T extends object>(table: FleetTable, key: ItemKey): Promise<T | undefined> {
  const item = await table.get(key);
  if (!item) return undefined;
  const { pk: _pk, sk: _sk, writeId: _writeId, ...record } = item;
  return record as T;
}

/** Writes version n on top of version n-1, and recognises its own write when the answer to it was lost. */
async function write(table: FleetTable, key: ItemKey, record: { readonly version: number }): Promise<WriteOutcome> {
  const writeId = randomUUID();
  const isFirst = record.version === 1;
  const isWritten = await table.put(
    { ...key, ...record, writeId },
    isFirst
      ? { expression: 'attribute_not_exists(pk)' }
      : {
          expression: '#version = :before',
          names: { '#version': 'version' },
          values: { ':before': record.version - 1 },
        },
  );
  if (isWritten) return { kind: 'written' };
  const present = await table.get(key);
  return { kind: present?.['writeId'] === writeId ? 'written' : 'changed' };
}
