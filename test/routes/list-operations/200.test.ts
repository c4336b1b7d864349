import { expect, it } from 'vitest';
import {
  accountPath,
  customerPath,
  otherClusterPath,
  putCluster,
  runToEnd,
  startBootstrap,
  useFleets,
} from '../../support/route-fleet.ts';
import { clusterPath } from '../../support/fleet.ts';
import { idsOf, pagesOf, readList } from '../../support/lists.ts';

const fleets = useFleets();
const path = `${customerPath}/operations`;

/** Three operations on two clusters, the oldest first: one failed, one succeeded, one pending. */
async function given() {
  const fleet = await fleets.withTwoCustomers();
  const staging = `${customerPath}/clusters/staging`;
  await putCluster(fleet);
  await putCluster(fleet, { eksName: 'staging' }, { path: staging });
  await putCluster(fleet, { eksName: 'theirs' }, { path: otherClusterPath });
  const failed = await startBootstrap(fleet);
  await runToEnd(fleet, failed.id, 'FAILED');
  const succeeded = await startBootstrap(fleet, { path: staging });
  await runToEnd(fleet, succeeded.id);
  const pending = await startBootstrap(fleet);
  const theirs = await startBootstrap(fleet, { path: otherClusterPath });
  return { fleet, failed: failed.id, succeeded: succeeded.id, pending: pending.id, theirs: theirs.id };
}

it('lists nothing where nothing was asked for', async () => {
  const fleet = await fleets.registered();

  expect(await readList(fleet, path)).toEqual({ items: [] });
});

it("lists the customer's operations, the newest first, each as GET shows it", async () => {
  const { fleet, failed, succeeded, pending } = await given();

  const { items } = await readList(fleet, path);

  expect(items.map(({ id }) => id)).toEqual([pending, succeeded, failed]);
  expect(items[2]).toEqual(await (await fleet.call('GET', `${path}/${failed}`)).json());
  expect(items[2]).toMatchObject({ state: 'FAILED', failure: { code: 'cluster-not-found' } });
});

it('lists with a filter what fits, and with several what fits all', async () => {
  const { fleet, failed, succeeded, pending } = await given();

  expect(await idsOf(fleet, `${path}?state=FAILED`)).toEqual([failed]);
  expect(await idsOf(fleet, `${path}?state=AWAITING_MERGE`)).toEqual([]);
  expect(await idsOf(fleet, `${path}?kind=bootstrap-cluster`)).toEqual([pending, succeeded, failed]);
  expect(await idsOf(fleet, `${path}?cluster=staging`)).toEqual([succeeded]);
  expect(await idsOf(fleet, `${path}?cluster=production`)).toEqual([pending, failed]);
  expect(await idsOf(fleet, `${path}?cluster=production&state=PENDING`)).toEqual([pending]);
});

it('gives pages', async () => {
  const { fleet, failed, succeeded, pending } = await given();

  expect(await pagesOf(fleet, `${path}?pageSize=2`)).toEqual([[pending, succeeded], [failed]]);
});

it('stays readable after the customer was deleted', async () => {
  const fleet = await fleets.registered();
  const { id } = await startBootstrap(fleet);
  await runToEnd(fleet, id, 'FAILED');
  for (const gone of [`${clusterPath}?abandon=true`, accountPath, customerPath]) await fleet.call('DELETE', gone);

  expect(await idsOf(fleet, path)).toEqual([id]);
});
