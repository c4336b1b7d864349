import { expect, it } from 'vitest';
import type { EcrRepositoryStore } from '../../src/ports/ecr-repositories.ts';
import { readPage } from '../../src/registry/page.ts';
import { address, registry, repositoryCalled, storeNow, workAt } from './ecr-repository-records.ts';
import type { GivenStore } from './ecr-repository-records.ts';
import { readAll } from './registry-records.ts';

const place = { customer: 'acme', registry };

async function namesOf(store: EcrRepositoryStore, limit: number, grant?: string): Promise<readonly string[]> {
  const found = await readAll((request) => store.list({ ...place, grant }, request), limit);
  return found.map(({ value }) => value.repository);
}

/** Repositories of a registry, slice by slice. */
export function repositoryLists(given: GivenStore): void {
  const names = ['web', 'api', 'team/api', 'team-2/api', 'a.b_c-d/e', '0'];
  const inOrder = ['0', 'a.b_c-d/e', 'api', 'team-2/api', 'team/api', 'web'];

  it.each([1, 2, 3, 5, 6, 7, 50])('are whole and in order by slices of %i', async (limit) => {
    const { store } = given();
    for (const name of names) await workAt(store, repositoryCalled(name), ['a']);

    expect(await namesOf(store, limit)).toEqual(inOrder);
    expect(await namesOf(store, limit, 'a')).toEqual(inOrder);
    expect(await namesOf(store, limit, 'b')).toEqual([]);
  });

  it.each([1, 2, 50])(
    'of a grant have what holds it, may hold it or has a result of it, by slices of %i',
    async (limit) => {
      const { store } = given();
      const lease = { operationId: 'op-1', token: 'token-1' };
      const missing = { state: 'MISSING', at: storeNow } as const;
      await workAt(store, repositoryCalled('holds'), ['a', 'grant', 'z']);
      await workAt(store, repositoryCalled('another'), ['grant-2', 'gran']);
      await store.lease(repositoryCalled('announced'), lease);
      await store.announce(repositoryCalled('announced'), lease, ['grant']);
      await store.lease(repositoryCalled('missing'), lease);
      await store.release(repositoryCalled('missing'), lease, { grants: [], results: { grant: missing } });
      await store.lease(repositoryCalled('leased'), lease);

      expect(await namesOf(store, limit, 'grant')).toEqual(['announced', 'holds', 'missing']);
      expect(await namesOf(store, limit)).toHaveLength(5);
    },
  );

  it.each(['!', '~', '333344445554#eu-west-1#web', '333344445555#eu-west-10#web', '444', 'web'])(
    'show nothing of another registry or customer, also behind %s, which nobody gave',
    async (after) => {
      const { store } = given();
      for (const accountId of ['333344445554', '333344445555', '333344445556']) {
        for (const region of ['eu-west-1', 'eu-west-10', 'eu-west-2']) {
          await workAt(store, { ...address, registry: { accountId, region } }, ['a']);
        }
      }
      for (const customer of ['acme-2', 'acm']) await workAt(store, { ...address, customer }, ['a']);

      expect((await store.list(place, { limit: 99 })).items.map(({ value }) => value)).toMatchObject([address]);
      const { items } = await store.list(place, { limit: 99, after });
      for (const { value } of items) expect(value).toMatchObject(address);
      expect(await store.list({ ...place, customer: 'nobody' }, { limit: 99 })).toEqual({ items: [] });
    },
  );

  it('of a grant are whole where it is at few of very many', async () => {
    const { table, store } = given();
    const many = Array.from({ length: 1200 }, (_, n) => `repository-${String(n).padStart(5, '0')}`);
    const holders = many.filter((_, n) => n === 0 || n === 1100 || n === 1199);
    await Promise.all(
      many.map((name) => {
        const key = { pk: 'ECR#acme', sk: `333344445555#eu-west-1#${name}` };
        return table.put(holders.includes(name) ? { ...key, grants: new Set(['a']) } : key, {
          expression: 'attribute_not_exists(pk)',
        });
      }),
    );

    const pages: (readonly string[])[] = [];
    let after: string | undefined;
    do {
      const page = await readPage((request) => store.list({ ...place, grant: 'a' }, request), { size: 2, after });
      pages.push(page.items.map(({ repository }) => repository));
      after = page.next;
    } while (after !== undefined);

    expect(pages.flat()).toEqual(holders);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(2);
    expect(pages.length).toBeLessThanOrEqual(4);
  });
}
