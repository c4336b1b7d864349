import { expect, it } from 'vitest';
import { customerSpec } from '../../support/fleet.ts';
import { idsOf, pagesOf, readList } from '../../support/lists.ts';
import { customerPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function given(...ids: readonly string[]) {
  const fleet = await fleets.empty();
  for (const id of ids) await putCustomer(fleet, id, { name: id });
  return fleet;
}

it('lists nobody where nobody is registered', async () => {
  const fleet = await given();

  expect(await readList(fleet, '/v1/customers')).toEqual({ items: [] });
});

it('lists customers in the order of their ids, each as GET shows it', async () => {
  const fleet = await given('b', 'a', 'acme');

  const { items } = await readList(fleet, '/v1/customers');

  expect(items.map(({ id }) => id)).toEqual(['a', 'acme', 'b']);
  expect(items[1]).toEqual(await (await fleet.call('GET', customerPath)).json());
  expect(items[1]).toMatchObject({ spec: { displayName: customerSpec.displayName } });
});

it('gives pages, and a token as long as there are more', async () => {
  const fleet = await given('a', 'b', 'c', 'd', 'e');

  expect(await pagesOf(fleet, '/v1/customers?pageSize=2')).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(await pagesOf(fleet, '/v1/customers?pageSize=6')).toEqual([['a', 'b', 'c', 'd', 'e']]);
});

it('goes on behind the last one shown, whatever was made or deleted meanwhile', async () => {
  const fleet = await given('b', 'c', 'd');
  const { nextPageToken } = await readList(fleet, '/v1/customers?pageSize=2');

  await putCustomer(fleet, 'a', { name: 'a' });
  await fleet.call('DELETE', '/v1/customers/c');

  expect(await idsOf(fleet, `/v1/customers?pageToken=${nextPageToken}`)).toEqual(['d']);
});

it('does not list a customer that was deleted', async () => {
  const fleet = await given('a', 'b');

  await fleet.call('DELETE', '/v1/customers/a');

  expect(await idsOf(fleet, '/v1/customers')).toEqual(['b']);
});
