import type { AccountRecord } from '../accounts/account.ts';
import type { ClusterRecord } from '../clusters/cluster.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import type { EcrGrantRecord } from '../ecr-access/ecr-grant.ts';
import type { Found, Registry, WriteOutcome } from '../ports/registry.ts';
import type { Place, RecordChange } from '../registry/place.ts';
import { runtimeOf } from './dynamodb-runtimes.ts';
import type { FleetTable, Item, ItemKey } from './fleet-table.ts';
import { mostOfCustomer, registryKeys as keys } from './registry-keys.ts';
import { highest } from './table-slice.ts';

/** Customers, accounts, clusters and ECR grants: what was declared. */
export function dynamoRecords(table: FleetTable) {
  return { ...reads(table), ...writes(table), ...deletes(table) } satisfies Partial<Registry>;
}

function reads(table: FleetTable) {
  return {
    async read({ customer, accountId, cluster, grant }): Promise<Found> {
      const [own, account, record, runtime, access] = await table.getAll([
        keys.customer(customer),
        accountId === undefined ? undefined : keys.account(customer, accountId),
        cluster === undefined ? undefined : keys.cluster(customer, cluster),
        cluster === undefined ? undefined : keys.runtime(customer, cluster),
        grant === undefined ? undefined : keys.grant(customer, grant),
      ]);
      return {
        customer: placeOf<CustomerRecord>(own),
        account: placeOf<AccountRecord>(account),
        cluster: placeOf<ClusterRecord>(record),
        runtime: runtimeOf(runtime),
        grant: placeOf<EcrGrantRecord>(access),
      };
    },
    async readFamily(customer) {
      // Between accounts and runtimes there are clusters, the customer's own item, grants, and who works on those.
      const items = await table.query({
        key: {
          expression: 'pk = :pk AND sk BETWEEN :first AND :last',
          values: { ':pk': keys.customer(customer).pk, ':first': 'ACCOUNT#', ':last': `RUNTIME#${highest}` },
        },
        limit: mostOfCustomer,
      });
      const live = items.filter((item) => item['isDeleted'] !== true);
      const below = (prefix: string) => live.filter(({ sk }) => String(sk).startsWith(prefix));
      return {
        customer: placeOf<CustomerRecord>(items.find(({ sk }) => sk === 'CUSTOMER')),
        accounts: below('ACCOUNT#').map((item) => placeOf<AccountRecord>(item)),
        clusters: below('CLUSTER#').map((item) => placeOf<ClusterRecord>(item)),
        runtimes: below('RUNTIME#').flatMap((item) => runtimeOf(item) ?? []),
        grants: below('ECRGRANT#').map((item) => placeOf<EcrGrantRecord>(item)),
      };
    },
    getCustomer: async (customer) => placeOf<CustomerRecord>(await table.get(keys.customer(customer))).record,
    getCluster: async (customer, id) => placeOf<ClusterRecord>(await table.get(keys.cluster(customer, id))).record,
  } satisfies Partial<Registry>;
}

function writes(table: FleetTable) {
  return {
    putCustomer: (record, changedBy) =>
      write(table, keys.customer(record.id), { ...record, changedBy, listKind: 'CUSTOMER', listKey: record.id }),
    putAccount: (record, changedBy) => write(table, keys.account(record.customer, record.id), { ...record, changedBy }),
    putCluster: (record, changedBy) =>
      write(table, keys.cluster(record.customer, record.id), {
        ...record,
        changedBy,
        listKind: 'CLUSTER',
        // Sorts before all that an id may have, so that `acme` with its clusters comes before `acme-2`, as in the list of customers.
        listKey: `${record.customer}#${record.id}`,
      }),
    putEcrGrant: (record, changedBy) =>
      write(table, keys.grant(record.customer, record.id), {
        ...record,
        changedBy,
        listKind: 'ECRGRANT',
        // The registry of a grant never changes.
        listKey: `${record.customer}#${record.spec.registry.accountId}#${record.spec.registry.region}#${record.id}`,
      }),
  } satisfies Partial<Registry>;
}

/** A deleted record leaves its version and its last event behind, and no more; it is in no index. */
function deletes(table: FleetTable) {
  const bury = (key: ItemKey, { version, changedBy }: RecordChange) =>
    write(table, key, { version, changedBy, isDeleted: true });
  return {
    deleteCustomer: (customer, change) => bury(keys.customer(customer), change),
    deleteAccount: (customer, accountId, change) => bury(keys.account(customer, accountId), change),
    deleteCluster: (customer, cluster, change) => bury(keys.cluster(customer, cluster), change),
    deleteEcrGrant: (customer, grant, change) => bury(keys.grant(customer, grant), change),
  } satisfies Partial<Registry>;
}

/** Our own items are written by this file alone, so their shape is known. */
export function placeOf<T extends object>(item: Item | undefined): Place<T> {
  if (!item) return { version: 0 };
  const { pk: _pk, sk: _sk, listKind: _listKind, listKey: _listKey, changedBy, isDeleted, ...record } = item;
  const place = { version: Number(record['version']), changedBy: String(changedBy) };
  return isDeleted === true ? place : { ...place, record: record as T };
}

/** Writes version n on top of version n-1, and recognises its own write when the answer to it was lost. */
async function write(
  table: FleetTable,
  key: ItemKey,
  item: RecordChange & Readonly<Record<string, unknown>>,
): Promise<WriteOutcome> {
  const isWritten = await table.put(
    { ...key, ...item },
    item.version === 1
      ? { expression: 'attribute_not_exists(pk)' }
      : { expression: '#version = :before', names: { '#version': 'version' }, values: { ':before': item.version - 1 } },
  );
  if (isWritten) return { kind: 'written' };
  const present = await table.get(key);
  return { kind: present?.['changedBy'] === item.changedBy ? 'written' : 'changed' };
}
