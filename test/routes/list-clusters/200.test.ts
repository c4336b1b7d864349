import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { idsOf, pagesOf, readList } from '../../support/lists.ts';
import { customerPath, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${customerPath}/clusters`;

async function given(...ids: readonly string[]) {
  const fleet = await fleets.withTwoCustomers();
  for (const id of ids) await putCluster(fleet, { eksName: id }, { path: `${path}/${id}` });
  return fleet;
}

it('lists nothing where nothing is registered', async () => {
  const fleet = await given();

  expect(await readList(fleet, path)).toEqual({ items: [] });
});

it("lists the customer's clusters in the order of their ids, each as GET shows it", async () => {
  const fleet = await given('staging', 'production');
  await putCluster(fleet, { eksName: 'theirs' }, { path: '/v1/customers/other/clusters/theirs' });

  const { items } = await readList(fleet, path);

  expect(items.map(({ id }) => id)).toEqual(['production', 'staging']);
  expect(items[0]).toEqual(await (await fleet.call('GET', clusterPath)).json());
});

it('gives pages, and a token as long as there are more', async () => {
  const fleet = await given('a', 'b', 'c', 'd', 'e');

  expect(await pagesOf(fleet, `${path}?pageSize=2`)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

it('gives pages of fifty unless another size is asked for', async () => {
  const ids = Array.from({ length: 51 }, (_, n) => `c${String(n).padStart(2, '0')}`);
  const fleet = await given(...ids);

  expect(await pagesOf(fleet, `${path}?environment=none`)).toEqual([[]]);
  expect((await readList(fleet, path)).items).toHaveLength(50);
  expect(await idsOf(fleet, `${path}?pageSize=200`)).toEqual(ids);
});

it('does not list a cluster that was deleted', async () => {
  const fleet = await given('a', 'b', 'c');

  await fleet.call('DELETE', `${path}/b`);

  expect(await idsOf(fleet, path)).toEqual(['a', 'c']);
});
