import { expect, it } from 'vitest';
import { idsOf, pagesOf, readList } from '../../support/lists.ts';
import { otherClusterPath, putCluster, runToEnd, startBootstrap, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function given() {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);
  await putCluster(fleet, { eksName: 'theirs' }, { path: otherClusterPath });
  const ours = await startBootstrap(fleet);
  const theirs = await startBootstrap(fleet, { path: otherClusterPath });
  await runToEnd(fleet, ours.id);
  return { fleet, ours: ours.id, theirs: theirs.id };
}

it('lists the operations of all customers, the newest first, each with its customer', async () => {
  const { fleet, ours, theirs } = await given();

  const { items } = await readList<{ readonly id: string; readonly customer: string }>(fleet, '/v1/operations');

  expect(items.map(({ customer, id }) => [customer, id])).toEqual([
    ['other', theirs],
    ['acme', ours],
  ]);
  expect(items[1]).toEqual(await (await fleet.call('GET', `/v1/customers/acme/operations/${ours}`)).json());
});

it('lists with a filter what fits', async () => {
  const { fleet, ours, theirs } = await given();

  expect(await idsOf(fleet, '/v1/operations?state=SUCCEEDED')).toEqual([ours]);
  expect(await idsOf(fleet, '/v1/operations?kind=bootstrap-cluster')).toEqual([theirs, ours]);
  expect(await idsOf(fleet, '/v1/operations?kind=bootstrap-cluster&state=PENDING')).toEqual([theirs]);
});

it('gives pages over customers', async () => {
  const { fleet, ours, theirs } = await given();

  expect((await pagesOf(fleet, '/v1/operations?pageSize=1')).slice(0, 2)).toEqual([[theirs], [ours]]);
});
