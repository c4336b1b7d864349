import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { otherClusterPath, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('begins nothing for a cluster that is not registered', async () => {
  const fleet = await fleets.registered();

  await expectProblem(fleet.call('POST', '/v1/customers/acme/clusters/other/bootstrap'), missing);

  expect(await fleet.operations.listOpen(10)).toEqual([]);
});

it("begins nothing for another customer's cluster", async () => {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);

  await expectProblem(fleet.call('POST', `${otherClusterPath}/bootstrap`), missing);

  expect(await fleet.operations.listOpen(10)).toEqual([]);
  expect(fleet.faults.engine.calls).toEqual([]);
});

it('starts nothing for a cluster that is deleted at the same moment', async () => {
  const fleet = await fleets.registered();
  fleet.faults.operations.onCall('putIfAbsent', async () => {
    expect((await fleet.call('DELETE', clusterPath)).status).toBe(204);
  });

  await expectProblem(fleet.call('POST', `${clusterPath}/bootstrap`), missing);

  expect(await fleet.operations.listOpen(10)).toEqual([]);
  expect(fleet.faults.engine.calls).toEqual([]);
});
