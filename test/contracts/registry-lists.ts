import { describe, expect, it } from 'vitest';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import type { Registry } from '../../src/ports/registry.ts';
import type { Slice, SliceRequest } from '../../src/registry/page.ts';
import { accountRecord, clusterRecord, customerRecord, grantRecord, readAll } from './registry-records.ts';

/** One of the registry's lists, over customers, accounts, clusters or grants that are told apart by one name. */
interface ListKind {
  readonly list: string;
  put(registry: Registry, id: string): Promise<unknown>;
  bury(registry: Registry, id: string): Promise<unknown>;
  read(registry: Registry, request: SliceRequest): Promise<Slice<string>>;
}

const ofCluster = (cluster: { record: { customer: string; id: string } }) => cluster.record.id;

const listKinds: readonly ListKind[] = [
  {
    list: 'all customers',
    put: (registry, id) => registry.putCustomer(customerRecord({ id }), `event of ${id}`),
    bury: (registry, id) => registry.deleteCustomer(id, { version: 2, changedBy: 'deleted' }),
    read: async (registry, request) => named(await registry.listCustomers(request), ({ id }) => id),
  },
  {
    list: 'the accounts of a customer',
    put: (registry, id) => registry.putAccount(accountRecord({ id }), `event of ${id}`),
    bury: (registry, id) => registry.deleteAccount('acme', id, { version: 2, changedBy: 'deleted' }),
    read: async (registry, request) => named(await registry.listAccounts('acme', request), ({ id }) => id),
  },
  {
    list: 'the clusters of a customer',
    put: (registry, id) => registry.putCluster(clusterRecord({ id }), `event of ${id}`),
    bury: (registry, id) => registry.deleteCluster('acme', id, { version: 2, changedBy: 'deleted' }),
    read: async (registry, request) => named(await registry.listClusters('acme', request), ofCluster),
  },
  {
    list: 'the ECR grants of a customer',
    put: (registry, id) => registry.putEcrGrant(grantRecord({ id }), `event of ${id}`),
    bury: (registry, id) => registry.deleteEcrGrant('acme', id, { version: 2, changedBy: 'deleted' }),
    read: async (registry, request) => named(await registry.listEcrGrants('acme', request), ({ id }) => id),
  },
  {
    list: 'all clusters',
    put: (registry, id) => registry.putCluster(clusterRecord({ id }), `event of ${id}`),
    bury: (registry, id) => registry.deleteCluster('acme', id, { version: 2, changedBy: 'deleted' }),
    read: async (registry, request) => named(await registry.listAllClusters(request), ofCluster),
  },
];

function named<T>({ items, next }: Slice<T>, nameOf: (value: T) => string): Slice<string> {
  return { items: items.map(({ position, value }) => ({ position, value: nameOf(value) })), next };
}

const ids = ['b', 'a-1', 'a', 'z', 'c', '0'];
const inOrder = ['0', 'a', 'a-1', 'b', 'c', 'z'];

/** Slice by slice. */
export function lists(given: () => Registry): void {
  describe.each(listKinds)('of $list', ({ put, bury, read }) => {
    async function filled() {
      const registry = given();
      for (const id of ids) await put(registry, id);
      await expect.poll(async () => (await read(registry, { limit: 50 })).items).toHaveLength(ids.length);
      const all = (limit: number) => readAll((request) => read(registry, request), limit);
      const valuesBehind = async (after: string) =>
        (await read(registry, { after, limit: 50 })).items.map(({ value }) => value);
      return { registry, all, valuesBehind };
    }

    it.each([1, 2, 3, 5, 6, 7, 50])('are whole and in order by slices of %i', async (limit) => {
      const { all } = await filled();

      const items = await all(limit);

      expect(items.map(({ value }) => value)).toEqual(inOrder);
      const positions = items.map(({ position }) => position);
      expect(positions).toEqual([...new Set(positions)].toSorted());
    });

    it('go on behind any position of theirs, also behind that of an item that is gone', async () => {
      const { registry, all, valuesBehind } = await filled();
      const items = await all(50);
      await bury(registry, 'b');
      const left = inOrder.filter((id) => id !== 'b');
      await expect.poll(async () => (await all(50)).length).toBe(left.length);

      for (const { position, value } of items) {
        expect(await valuesBehind(position), value).toEqual(left.filter((id) => id > value));
        const next = await read(registry, { after: position, limit: 2 });
        expect(next.items.length, value).toBeLessThanOrEqual(2);
      }
    });

    it.each([1, 2, 50])('leave out what was deleted, by slices of %i', async (limit) => {
      const { registry, all } = await filled();

      for (const id of ['0', 'a-1', 'b', 'z']) await bury(registry, id);

      await expect.poll(async () => (await all(limit)).map(({ value }) => value)).toEqual(['a', 'c']);
    });

    it.each(['!', '~', 'CUSTOMER', 'RUNTIME#a', 'UNIQUE', '2027-01-01T00:00:00.000Z/op-1'])(
      'show nothing else behind the position %s that nobody gave',
      async (after) => {
        const { registry, valuesBehind } = await filled();
        await registry.putCustomer(customerRecord({ id: 'other' }), 'event');
        await registry.createRuntime('acme', 'a', 0);
        await registry.claim({ customer: 'acme', grant: 'a', operationId: 'op-1' });

        const shown = (await valuesBehind(after)).filter((id) => id !== 'other');

        expect(inOrder.slice(inOrder.length - shown.length)).toEqual(shown);
      },
    );
  });

  it('of a customer are of that customer only', async () => {
    const registry = given();
    for (const customer of ['acme', 'acme-2']) {
      await registry.putAccount(accountRecord({ customer }), 'event');
      await registry.putCluster(clusterRecord({ customer }), 'event');
      await registry.putEcrGrant(grantRecord({ customer }), 'event');
    }

    expect((await registry.listEcrGrants('acme', { limit: 9 })).items).toHaveLength(1);
    expect(await registry.listEcrGrants('nobody', { limit: 9 })).toEqual({ items: [] });
    expect((await registry.listAccounts('acme', { limit: 9 })).items).toHaveLength(1);
    expect((await registry.listClusters('acme', { limit: 9 })).items).toHaveLength(1);
    expect(await registry.listAccounts('nobody', { limit: 9 })).toEqual({ items: [] });
    expect(await registry.listClusters('nobody', { limit: 9 })).toEqual({ items: [] });
  });

  it('of clusters go on beyond the megabyte that one answer holds', async () => {
    const registry = given();
    const labels = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`label-${n}`, 'x'.repeat(2000)]));
    const many = Array.from({ length: 7 }, (_, n) => `cluster-${n}`);

    for (const id of many) {
      await registry.putCluster(clusterRecord({ id, spec: { ...clusterRecord().spec, labels } }), 'event');
    }

    const found = await readAll((request) => registry.listClusters('acme', request), 50);
    expect(found.map(({ value }) => value.record.id)).toEqual(many);
    const { clusters } = await registry.readFamily('acme');
    expect(clusters.map(({ record }) => record?.id)).toEqual(many);
  });
}

type GivenTable = () => { readonly table: FleetTable; readonly create: (table: FleetTable) => Registry };

/** Read over the index, whose keys may lag behind the table. */
export function fleetLists(given: GivenTable): void {
  it('of all clusters are ordered by customer as customers are, then by id', async () => {
    const { table, create } = given();
    const registry = create(table);
    for (const customer of ['acme-2', 'acme', 'acme0']) {
      await registry.putCustomer(customerRecord({ id: customer }), 'event');
      for (const id of ['b', 'a']) await registry.putCluster(clusterRecord({ customer, id }), 'event');
    }
    const listed = async () =>
      (await readAll((request) => registry.listAllClusters(request), 4)).map(
        ({ value: { record } }) => `${record.customer}/${record.id}`,
      );

    await expect.poll(listed).toEqual(['acme/a', 'acme/b', 'acme-2/a', 'acme-2/b', 'acme0/a', 'acme0/b']);
    const customers = await readAll((request) => registry.listCustomers(request), 4);
    expect(customers.map(({ value }) => value.id)).toEqual(['acme', 'acme-2', 'acme0']);
  });

  it('of clusters have the runtime of each', async () => {
    const { table, create } = given();
    const registry = create(table);
    for (const id of ['a', 'b', 'c']) await registry.putCluster(clusterRecord({ id }), 'event');
    for (const id of ['c', 'a']) {
      await registry.createRuntime('acme', id, 0);
      await registry.claim({ customer: 'acme', cluster: id, operationId: `op-${id}` });
    }
    const holders = ({ items }: Slice<{ runtime: { claimedBy?: string | undefined } | undefined }>) =>
      items.map(({ value }) => value.runtime?.claimedBy);

    expect(holders(await registry.listClusters('acme', { limit: 9 }))).toEqual(['op-a', undefined, 'op-c']);
    await expect
      .poll(async () => holders(await registry.listAllClusters({ limit: 9 })))
      .toEqual(['op-a', undefined, 'op-c']);
  });

  it('of the fleet do not look at what was deleted', async () => {
    const { table, create } = given();
    const registry = create(table);
    await registry.putCustomer(customerRecord(), 'event-1');
    await registry.putCluster(clusterRecord(), 'event-1');
    await registry.deleteCluster('acme', 'production', { version: 2, changedBy: 'event-2' });
    await registry.deleteCustomer('acme', { version: 2, changedBy: 'event-2' });

    for (const kind of ['CUSTOMER', 'CLUSTER']) {
      const key = { expression: 'listKind = :kind', values: { ':kind': kind } };
      await expect.poll(() => table.query({ index: 'fleet', key, limit: 9 })).toEqual([]);
    }
  });

  it('of the fleet leave out what the index still names and the table no longer has', async () => {
    const { table, create } = given();
    const registry = create(table);
    for (const id of ['a', 'b', 'c']) {
      await registry.putCustomer(customerRecord({ id }), 'event');
      await registry.putCluster(clusterRecord({ id }), 'event');
    }
    await expect.poll(async () => (await registry.listAllClusters({ limit: 9 })).items).toHaveLength(3);
    const lagging = create({
      ...table,
      async queryOnce(options) {
        const stretch = await table.queryOnce(options);
        const isThere = { expression: 'attribute_exists(pk)' };
        await table.delete({ pk: 'CUSTOMER#b', sk: 'CUSTOMER' }, isThere);
        await registry.deleteCluster('acme', 'b', { version: 2, changedBy: 'deleted' });
        return stretch;
      },
    });

    const customers = await lagging.listCustomers({ limit: 2 });
    const clusters = await lagging.listAllClusters({ limit: 9 });

    expect(customers.items.map(({ value }) => value.id)).toEqual(['a']);
    expect((await registry.listCustomers({ after: customers.next, limit: 9 })).items).toHaveLength(1);
    expect(clusters.items.map(({ value }) => value.record.id)).toEqual(['a', 'c']);
  });
}
