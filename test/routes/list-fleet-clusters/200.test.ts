import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { idsOf, pagesOf, readList } from '../../support/lists.ts';
import { otherPath, putCluster, startBootstrap, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function given() {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet, { eksName: 'a' }, { path: `${otherPath}/clusters/a` });
  await putCluster(fleet, { environment: 'production', labels: { tier: 'gold' } });
  await putCluster(fleet, { region: 'eu-central-1' }, { path: `${otherPath}/clusters/production` });
  return fleet;
}

it('lists the clusters of all customers in their order, each with its customer and as GET shows it', async () => {
  const fleet = await given();

  const { items } = await readList<{ readonly customer: string; readonly id: string }>(fleet, '/v1/clusters');

  expect(items.map(({ customer, id }) => `${customer}/${id}`)).toEqual([
    'acme/production',
    'other/a',
    'other/production',
  ]);
  expect(items[0]).toEqual({ customer: 'acme', ...((await (await fleet.call('GET', clusterPath)).json()) as object) });
});

it.each<[string, readonly string[]]>([
  ['region=eu-central-1', ['production']],
  ['environment=production', ['production']],
  ['accountId=111122223333', ['production']],
  ['eksName=a', ['a']],
  ['fluxVersion=2.9.2', ['production', 'a', 'production']],
  ['label=tier=gold', ['production']],
  ['status=BOOTSTRAPPING', ['production']],
  ['status=REGISTERED', ['a', 'production']],
])('lists with %s what fits: %o', async (query, ids) => {
  const fleet = await given();
  await startBootstrap(fleet);

  expect(await idsOf(fleet, `/v1/clusters?${query}`)).toEqual(ids);
});

it('gives pages over customers', async () => {
  const fleet = await given();

  expect(await pagesOf(fleet, '/v1/clusters?pageSize=2')).toEqual([['production', 'a'], ['production']]);
});

it('does not list a cluster that was deleted', async () => {
  const fleet = await given();

  await fleet.call('DELETE', clusterPath);

  expect(await idsOf(fleet, '/v1/clusters')).toEqual(['a', 'production']);
});
