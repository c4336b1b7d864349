import { expect, it } from 'vitest';
import { createDynamoRegistry } from '../../src/adapters/dynamodb-registry.ts';
import { registry } from './ecr-repository-records.ts';
import type { GivenStore } from './ecr-repository-records.ts';
import { grantRecord } from './registry-records.ts';

/** The grants of a registry, all of them, as the fleet's registry has them. */
export function grants(given: GivenStore): void {
  function declaring() {
    const { table, store } = given();
    const { putEcrGrant, deleteEcrGrant } = createDynamoRegistry(table);
    const put = (record: ReturnType<typeof grantRecord>) => putEcrGrant(record, 'event');
    const remove = (id: string) => deleteEcrGrant('acme', id, { version: 2, changedBy: 'event' });
    return { store, put, remove };
  }

  it('of a registry are those of this account, this region and this customer', async () => {
    const { store, put } = declaring();
    const own = grantRecord();
    await put(own);
    await put(grantRecord({ id: 'other-region' }, { registry: { ...registry, region: 'eu-west-10' } }));
    await put(grantRecord({ id: 'other-account' }, { registry: { ...registry, accountId: '333344445556' } }));
    await put(grantRecord({ customer: 'acme-2', id: 'other-customer' }));

    expect(await store.listGrants('acme', registry)).toEqual([own]);
    expect(await store.listGrants('nobody', registry)).toEqual([]);
  });

  it('include those that give no right any more, and not those that are gone', async () => {
    const { store, put, remove } = declaring();
    const withdrawn = grantRecord({ id: 'a', isWithdrawn: true });
    const expired = grantRecord({ id: 'b' }, { expiresAt: '2026-01-01T00:00:00Z' });
    for (const record of [withdrawn, expired, grantRecord({ id: 'c' })]) await put(record);

    await remove('c');

    expect(await store.listGrants('acme', registry)).toEqual([withdrawn, expired]);
  });

  it('are whole beyond the megabyte that one answer holds', async () => {
    const { store, put } = declaring();
    const names = Array.from({ length: 1000 }, (_, n) => `${n}/${'x'.repeat(250)}`);
    const ids = Array.from({ length: 6 }, (_, n) => `grant-${n}`);
    for (const id of ids) await put(grantRecord({ id }, { repositories: { names } }));

    const found = await store.listGrants('acme', registry);

    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it('name the registries of the whole fleet that any grant is for, each once', async () => {
    const { store, put, remove } = declaring();
    await put(grantRecord({ id: 'a' }));
    await put(grantRecord({ id: 'b' }));
    await put(grantRecord({ id: 'c' }, { registry: { ...registry, region: 'us-east-1' } }));
    await put(grantRecord({ customer: 'globex', id: 'a' }));
    await put(grantRecord({ customer: 'gone', id: 'c' }));
    await remove('c');

    const found = await store.listRegistries();

    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        { customer: 'acme', registry },
        { customer: 'globex', registry },
        { customer: 'gone', registry },
      ]),
    );
  });
}
