import { expect, it } from 'vitest';
import { buryGrant, grantRecord, putGrant, registry } from './ecr-repository-records.ts';
import type { GivenStore } from './ecr-repository-records.ts';

/** The grants of a registry, all of them, as they were declared. */
export function grants(given: GivenStore): void {
  it('of a registry are those of this account, this region and this customer', async () => {
    const { table, store } = given();
    const own = grantRecord();
    await putGrant(table, own);
    await putGrant(table, grantRecord({ id: 'other-region' }, { registry: { ...registry, region: 'eu-west-10' } }));
    await putGrant(table, grantRecord({ id: 'other-account' }, { registry: { ...registry, accountId: '1' } }));
    await putGrant(table, grantRecord({ customer: 'acme-2', id: 'other-customer' }));

    expect(await store.listGrants('acme', registry)).toEqual([own]);
    expect(await store.listGrants('nobody', registry)).toEqual([]);
  });

  it('include those that give no right any more, and not those that are gone', async () => {
    const { table, store } = given();
    const withdrawn = grantRecord({ id: 'a', isWithdrawn: true });
    const expired = grantRecord({ id: 'b' }, { expiresAt: '2026-01-01T00:00:00Z' });
    const gone = grantRecord({ id: 'c' });
    for (const record of [withdrawn, expired, gone]) await putGrant(table, record);

    await buryGrant(table, gone);

    expect(await store.listGrants('acme', registry)).toEqual([withdrawn, expired]);
  });

  it('are whole beyond the megabyte that one answer holds', async () => {
    const { table, store } = given();
    const names = Array.from({ length: 1000 }, (_, n) => `${n}/${'x'.repeat(250)}`);
    const ids = Array.from({ length: 6 }, (_, n) => `grant-${n}`);
    for (const id of ids) await putGrant(table, grantRecord({ id }, { repositories: { names } }));

    const found = await store.listGrants('acme', registry);

    expect(found.map(({ id }) => id)).toEqual(ids);
  });
}
