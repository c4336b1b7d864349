import { expect, it } from 'vitest';
import { address, policyVersion, repositoryCalled, storeNow } from './ecr-repository-records.ts';
import type { GivenStore } from './ecr-repository-records.ts';
import { readAll } from './registry-records.ts';

const daysBefore = (days: number) => new Date(Date.parse(storeNow) - days * 86_400_000).toISOString();

/** Policies as they were before our writes. */
export function policyVersions(given: GivenStore): void {
  it('are kept once, and read as they are', async () => {
    const { store } = given();
    const version = policyVersion();

    await store.keepVersion(version);
    await store.keepVersion({ ...version, text: 'another' });

    expect(await store.getVersion(address, version.id)).toEqual(version);
    expect(await store.getVersion(address, 'unknown')).toBeUndefined();
    expect(await store.getVersion(repositoryCalled('team/web'), version.id)).toBeUndefined();
  });

  it('say that there was no policy', async () => {
    const { store } = given();
    const { text: _text, ...none } = policyVersion();

    await store.keepVersion(policyVersion({ text: undefined }));

    expect(await store.getVersion(address, none.id)).toEqual(none);
  });

  it.each([1, 2, 50])('are listed from the newest, by slices of %i, of one repository', async (limit) => {
    const { store } = given();
    const days = [3, 1, 80, 2];
    for (const day of days) await store.keepVersion(policyVersion({ at: daysBefore(day) }));
    await store.keepVersion(policyVersion({ repository: 'team/api-2' }));
    await store.keepVersion(policyVersion({ customer: 'acme-2' }));

    const found = await readAll((request) => store.listVersions(address, request), limit);

    expect(found.map(({ value }) => value.at)).toEqual([1, 2, 3, 80].map(daysBefore));
  });

  it('are gone after 90 days, whether the table has tidied up or not', async () => {
    const { table, store } = given();
    const last = policyVersion({ at: daysBefore(90) });
    const almost = policyVersion({ at: new Date(Date.parse(daysBefore(90)) + 1000).toISOString() });
    for (const version of [last, almost]) await store.keepVersion(version);

    expect(await store.getVersion(address, last.id)).toBeUndefined();
    expect(await store.getVersion(address, almost.id)).toEqual(almost);
    expect((await store.listVersions(address, { limit: 9 })).items.map(({ value }) => value)).toEqual([almost]);
    const item = await table.get({ pk: 'ECRPOLICY#acme#333344445555#eu-west-1#team/api', sk: last.id });
    expect(item).toMatchObject({ expiresAt: Date.parse(storeNow) / 1000 });
  });
}
