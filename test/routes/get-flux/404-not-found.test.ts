import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { otherClusterPath, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('looks into no cluster that is not registered', async () => {
  const fleet = await fleets.registered();
  await fleet.call('DELETE', clusterPath);

  await expectProblem(fleet.call('GET', `${clusterPath}/flux`), missing);

  expect(fleet.faults.eks.calls).toEqual([]);
});

it("looks into no other customer's cluster", async () => {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);

  await expectProblem(fleet.call('GET', `${otherClusterPath}/flux`), missing);

  expect(fleet.faults.eks.calls).toEqual([]);
});
