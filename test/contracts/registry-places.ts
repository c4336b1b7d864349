import { describe, expect, it } from 'vitest';
import type { Registry } from '../../src/ports/registry.ts';
import { accountRecord, clusterRecord, customerRecord, grantRecord, recordKinds } from './registry-records.ts';
import type { RecordKind } from './registry-records.ts';

type Given = () => Registry;

/** Customers, accounts, clusters and grants, each at its place. */
export function places(given: Given): void {
  it('are read as they were written', async () => {
    const registry = given();

    expect(await registry.putCustomer(customerRecord(), 'event-1')).toEqual({ kind: 'written' });
    expect(await registry.putAccount(accountRecord(), 'event-2')).toEqual({ kind: 'written' });
    expect(await registry.putCluster(clusterRecord(), 'event-3')).toEqual({ kind: 'written' });
    expect(await registry.putEcrGrant(grantRecord(), 'event-4')).toEqual({ kind: 'written' });

    const ids = { accountId: '111122223333', cluster: 'production', grant: 'staging-pull' };
    const found = await registry.read({ customer: 'acme', ...ids });
    expect(found).toEqual({
      customer: { version: 1, changedBy: 'event-1', record: customerRecord() },
      account: { version: 1, changedBy: 'event-2', record: accountRecord() },
      cluster: { version: 1, changedBy: 'event-3', record: clusterRecord() },
      runtime: undefined,
      grant: { version: 1, changedBy: 'event-4', record: grantRecord() },
    });
    expect(await registry.getCustomer('acme')).toEqual(customerRecord());
    expect(await registry.getCluster('acme', 'production')).toEqual(clusterRecord());
  });

  it('are absent until they are written, and belong to one customer', async () => {
    const registry = given();
    await registry.putCluster(clusterRecord(), 'event-1');
    await registry.putEcrGrant(grantRecord(), 'event-1');

    expect(await registry.getCustomer('acme')).toBeUndefined();
    expect(await registry.getCluster('other', 'production')).toBeUndefined();
    expect(await registry.getCluster('acme', 'prod')).toBeUndefined();
    const ids = { accountId: '111122223333', cluster: 'production', grant: 'staging-pull' };
    const nothing = { version: 0 };
    expect(await registry.read({ customer: 'other', ...ids })).toEqual({
      ...{ customer: nothing, account: nothing },
      ...{ cluster: nothing, grant: nothing },
    });
  });

  it('are at version 0 where they were not asked for', async () => {
    const registry = given();
    await registry.putCustomer(customerRecord(), 'event-1');
    await registry.putAccount(accountRecord(), 'event-2');
    await registry.putCluster(clusterRecord(), 'event-3');
    await registry.createRuntime('acme', 'production', 0);
    await registry.putEcrGrant(grantRecord(), 'event-4');

    const customer = { version: 1, record: customerRecord() };
    const nothing = { version: 0 };
    expect(await registry.read({ customer: 'acme' })).toMatchObject({ customer, account: nothing, cluster: nothing });
    expect((await registry.read({ customer: 'acme' })).grant).toEqual(nothing);
    expect(await registry.read({ customer: 'acme' })).toHaveProperty('runtime', undefined);
    expect(await registry.read({ customer: 'acme', cluster: 'production' })).toMatchObject({
      ...{ customer, account: nothing },
      cluster: { version: 1, record: clusterRecord() },
      runtime: { customer: 'acme', cluster: 'production' },
    });
  });

  it('of one customer are read together: all of it, and of nobody else', async () => {
    const registry = given();
    await registry.putCustomer(customerRecord(), 'event-1');
    for (const id of ['333322221111', '111122223333']) await registry.putAccount(accountRecord({ id }), 'event-2');
    for (const id of ['staging', 'production']) await registry.putCluster(clusterRecord({ id }), 'event-3');
    await registry.createRuntime('acme', 'production', 0);
    for (const id of ['b', 'a']) await registry.putEcrGrant(grantRecord({ id }), 'event-4');
    await registry.claim({ customer: 'acme', grant: 'a', operationId: 'op-1' });
    await registry.claim({ customer: 'acme', registry: '333344445555/eu-west-1', operationId: 'op-2' });
    await registry.putAccount(accountRecord({ customer: 'acme-2', id: '222233334444' }), 'event-5');
    await registry.putEcrGrant(grantRecord({ customer: 'acme-2', id: 'c' }), 'event-5');

    const family = await registry.readFamily('acme');

    expect(family.customer).toEqual({ version: 1, changedBy: 'event-1', record: customerRecord() });
    expect(family.accounts.map(({ record }) => record?.id)).toEqual(['111122223333', '333322221111']);
    expect(family.clusters.map(({ record }) => record?.id)).toEqual(['production', 'staging']);
    expect(family.runtimes.map(({ cluster }) => cluster)).toEqual(['production']);
    expect(family.grants.map(({ record }) => record?.id)).toEqual(['a', 'b']);
    expect(await registry.readFamily('nobody')).toEqual({
      ...{ customer: { version: 0 }, accounts: [], clusters: [] },
      ...{ runtimes: [], grants: [] },
    });
  });

  describe.each(recordKinds)('of kind $kind', (kind) => {
    versions(given, kind);
    tombstones(given, kind);
  });
}

function versions(given: Given, kind: RecordKind): void {
  it('are never made where there is one already', async () => {
    const registry = given();
    await kind.write(registry, { version: 1, changedBy: 'event-1' }, 'first');

    expect(await kind.write(registry, { version: 1, changedBy: 'event-2' }, 'second')).toEqual({ kind: 'changed' });
    expect(await kind.place(registry)).toMatchObject({ changedBy: 'event-1', record: { updatedAt: 'first' } });
  });

  it('are written on top of the version before, and of no other', async () => {
    const registry = given();
    expect(await kind.write(registry, { version: 2, changedBy: 'event-0' })).toEqual({ kind: 'changed' });
    await kind.write(registry, { version: 1, changedBy: 'event-1' });

    expect(await kind.write(registry, { version: 3, changedBy: 'event-3' })).toEqual({ kind: 'changed' });
    expect(await kind.write(registry, { version: 2, changedBy: 'event-2' })).toEqual({ kind: 'written' });
    expect(await kind.write(registry, { version: 2, changedBy: 'event-4' })).toEqual({ kind: 'changed' });
    expect(await kind.place(registry)).toMatchObject({ version: 2, changedBy: 'event-2', record: { version: 2 } });
  });

  it('know a write again that was made before and whose answer was lost', async () => {
    const registry = given();
    const change = { version: 1, changedBy: 'event-1' };
    await kind.write(registry, change);

    expect(await kind.write(registry, change)).toEqual({ kind: 'written' });
    expect(await kind.place(registry)).toMatchObject(change);
  });

  it('have one writer among many at once', async () => {
    const registry = given();
    await kind.write(registry, { version: 1, changedBy: 'event' });

    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, n) => kind.write(registry, { version: 2, changedBy: `event-${n}` }, `at ${n}`)),
    );

    const winner = outcomes.findIndex((outcome) => outcome.kind === 'written');
    expect(outcomes.filter((outcome) => outcome.kind === 'written')).toHaveLength(1);
    expect(await kind.place(registry)).toMatchObject({
      ...{ changedBy: `event-${winner}`, version: 2 },
      record: { updatedAt: `at ${winner}` },
    });
  });
}

function tombstones(given: Given, kind: RecordKind): void {
  async function deleted() {
    const registry = given();
    await kind.write(registry, { version: 1, changedBy: 'event-1' });
    expect(await kind.bury(registry, { version: 2, changedBy: 'event-2' })).toEqual({ kind: 'written' });
    return registry;
  }

  it('leave their version behind when they are deleted, and no more', async () => {
    const registry = await deleted();

    expect(await kind.place(registry)).toEqual({ version: 2, changedBy: 'event-2' });
    const { customer, accounts, clusters, grants } = await registry.readFamily('acme');
    expect([customer.record, accounts, clusters, grants]).toEqual([undefined, [], [], []]);
    expect(await registry.getCustomer('acme')).toBeUndefined();
    expect(await registry.getCluster('acme', 'production')).toBeUndefined();
    await expect.poll(async () => (await registry.listCustomers({ limit: 9 })).items).toEqual([]);
    await expect.poll(async () => (await registry.listAllClusters({ limit: 9 })).items).toEqual([]);
    expect((await registry.listAccounts('acme', { limit: 9 })).items).toEqual([]);
    expect((await registry.listClusters('acme', { limit: 9 })).items).toEqual([]);
    expect((await registry.listEcrGrants('acme', { limit: 9 })).items).toEqual([]);
  });

  it('cannot be brought back by a write that was under way while they were deleted', async () => {
    const registry = await deleted();

    expect(await kind.write(registry, { version: 1, changedBy: 'late-create' })).toEqual({ kind: 'changed' });
    expect(await kind.write(registry, { version: 2, changedBy: 'late-change' })).toEqual({ kind: 'changed' });
    expect(await kind.place(registry)).toEqual({ version: 2, changedBy: 'event-2' });
  });

  it('are made again on top of the version that was left', async () => {
    const registry = await deleted();

    expect(await kind.write(registry, { version: 3, changedBy: 'event-3' }, 'again')).toEqual({ kind: 'written' });
    expect(await kind.place(registry)).toMatchObject({
      version: 3,
      changedBy: 'event-3',
      record: { updatedAt: 'again' },
    });
  });

  it('are deleted as they were read only', async () => {
    const registry = given();
    await kind.write(registry, { version: 1, changedBy: 'event-1' });
    await kind.write(registry, { version: 2, changedBy: 'event-2' });

    expect(await kind.bury(registry, { version: 2, changedBy: 'late-delete' })).toEqual({ kind: 'changed' });
    expect(await kind.place(registry)).toMatchObject({ version: 2, changedBy: 'event-2', record: { version: 2 } });
  });

  it('are deleted by one request: it knows its own again, and another one is told', async () => {
    const registry = await deleted();

    expect(await kind.bury(registry, { version: 2, changedBy: 'event-2' })).toEqual({ kind: 'written' });
    expect(await kind.bury(registry, { version: 2, changedBy: 'another' })).toEqual({ kind: 'changed' });
    expect(await kind.place(registry)).toEqual({ version: 2, changedBy: 'event-2' });
  });
}
