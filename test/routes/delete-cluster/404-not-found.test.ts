import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { otherClusterPath, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('forgets a cluster once', async () => {
  const fleet = await fleets.registered();
  await fleet.call('DELETE', clusterPath);
  const items = fleet.table.allItems();

  await expectProblem(fleet.call('DELETE', clusterPath), missing);
  await expectProblem(fleet.call('DELETE', `${clusterPath}?abandon=true`), missing);

  expect(fleet.table.allItems()).toEqual(items);
});

it("forgets no other customer's cluster", async () => {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);

  await expectProblem(fleet.call('DELETE', `${otherClusterPath}?abandon=true`), missing);

  expect((await fleet.call('GET', clusterPath)).status).toBe(200);
});
