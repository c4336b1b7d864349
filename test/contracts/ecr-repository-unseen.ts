import { expect, it } from 'vitest';
import { address, registry, storeNow, workAt } from './ecr-repository-records.ts';
import type { GivenStore } from './ecr-repository-records.ts';

const place = { customer: 'acme', registry };
const unseen = { since: storeNow, code: 'role-not-assumable', detail: 'AccessDenied' };
const later = '2027-01-02T00:00:00.000Z';

/** What is kept of looks at a registry that failed. */
export function unseenRegistries(given: GivenStore): void {
  it('are unseen since the first look that failed, for the reason of the last one', async () => {
    const { store } = given();
    expect(await store.getUnseen(place)).toBeUndefined();

    await store.keepUnseen(place, unseen);
    await store.keepUnseen(place, { ...unseen, since: later });
    expect(await store.getUnseen(place)).toEqual(unseen);
    await store.keepUnseen(place, { since: later, code: 'aws-unavailable', detail: 'it hangs' });

    expect(await store.getUnseen(place)).toEqual({ since: storeNow, code: 'aws-unavailable', detail: 'it hangs' });
  });

  it('are seen as soon as that is forgotten, and unseen anew', async () => {
    const { store } = given();
    await store.keepUnseen(place, unseen);

    await store.forgetUnseen(place);
    await store.forgetUnseen(place);
    expect(await store.getUnseen(place)).toBeUndefined();

    await store.keepUnseen(place, { ...unseen, since: later });
    expect(await store.getUnseen(place)).toEqual({ ...unseen, since: later });
  });

  it.each([
    { customer: 'acme-2', registry },
    { customer: 'acme', registry: { ...registry, region: 'eu-west-10' } },
    { customer: 'acme', registry: { ...registry, accountId: '333344445556' } },
  ])('are others than $customer, $registry.accountId, $registry.region', async (other) => {
    const { store } = given();

    await store.keepUnseen(place, unseen);

    expect(await store.getUnseen(other)).toBeUndefined();
  });

  it('are in no list of repositories', async () => {
    const { store } = given();
    await store.keepUnseen(place, unseen);
    await workAt(store, address, ['a']);

    expect((await store.list(place, { limit: 10 })).items.map(({ value }) => value.repository)).toEqual(['team/api']);
  });
}
