import type { AccountRecord } from '../accounts/account.ts';
import type { ClusterRecord } from '../clusters/cluster.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import type { EcrGrantRecord } from '../ecr-access/ecr-grant.ts';
import type { ListedCluster, Registry } from '../ports/registry.ts';
import type { Positioned, Slice } from '../registry/page.ts';
import { placeOf } from './dynamodb-records.ts';
import { runtimeOf } from './dynamodb-runtimes.ts';
import type { FleetTable, Item } from './fleet-table.ts';
import { registryKeys as keys } from './registry-keys.ts';
import { highest, keyOf, readSlice } from './table-slice.ts';
import type { TableList } from './table-slice.ts';

/**
 * What is registered, page by page. Over the fleet the index gives the keys, and the items are read from the table: so
 * what is shown is as it is now, and only what is missing or new may lag behind.
 */
export function dynamoLists(table: FleetTable) {
  return {
    async listCustomers(request) {
      const slice = await readSlice(table, fleetList('CUSTOMER'), request);
      const found = await table.getAll(slice.items.map(({ value }) => keyOf(value)));
      return present(slice, (_, index) => placeOf<CustomerRecord>(found[index]).record);
    },
    async listAccounts(customer, request) {
      const slice = await readSlice(table, partOf(customer, 'ACCOUNT#'), request);
      return present(slice, ({ value }) => placeOf<AccountRecord>(value).record);
    },
    async listEcrGrants(customer, request) {
      const slice = await readSlice(table, partOf(customer, 'ECRGRANT#'), request);
      return present(slice, ({ value }) => placeOf<EcrGrantRecord>(value).record);
    },
    async listClusters(customer, request) {
      const slice = await readSlice(table, partOf(customer, 'CLUSTER#'), request);
      const records = slice.items.map(({ value }) => placeOf<ClusterRecord>(value).record);
      const runtimes = await table.getAll(
        records.flatMap((record) => (record ? [keys.runtime(record.customer, record.id)] : [])),
      );
      const byCluster = new Map(runtimes.map((item) => [item?.['cluster'], runtimeOf(item)]));
      return present(slice, (_, index): ListedCluster | undefined => {
        const record = records[index];
        return record && { record, runtime: byCluster.get(record.id) };
      });
    },
    async listAllClusters(request) {
      const slice = await readSlice(table, fleetList('CLUSTER'), request);
      const places = slice.items.map(({ value }) => keyOf(value));
      const runtimeKeys = places.map(({ pk, sk }) => ({ pk, sk: sk.replace('CLUSTER#', 'RUNTIME#') }));
      const found = await table.getAll([...places, ...runtimeKeys]);
      return present(slice, (_, index): ListedCluster | undefined => {
        const { record } = placeOf<ClusterRecord>(found[index]);
        return record && { record, runtime: runtimeOf(found[places.length + index]) };
      });
    },
  } satisfies Partial<Registry>;
}

function fleetList(kind: 'CUSTOMER' | 'CLUSTER'): TableList {
  return { index: 'fleet', partition: { name: 'listKind', value: kind } };
}

function partOf(customer: string, prefix: 'ACCOUNT#' | 'CLUSTER#' | 'ECRGRANT#'): TableList {
  return {
    partition: { name: 'pk', value: keys.customer(customer).pk },
    range: { first: prefix, last: `${prefix}${highest}` },
    filter: { expression: 'attribute_not_exists(isDeleted)' },
  };
}

/** What the index still names and the table no longer has is left out. */
function present<T>(slice: Slice<Item>, valueOf: (item: Positioned<Item>, index: number) => T | undefined): Slice<T> {
  const items = slice.items.flatMap((item, index) => {
    const value = valueOf(item, index);
    return value === undefined ? [] : [{ position: item.position, value }];
  });
  return { items, next: slice.next };
}
