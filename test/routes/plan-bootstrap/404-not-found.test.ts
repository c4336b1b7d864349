import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { otherClusterPath, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('plans nothing for a cluster that is not registered', async () => {
  const fleet = await fleets.registered();

  await expectProblem(fleet.call('POST', '/v1/customers/acme/clusters/other/plan'), missing);
});

it("looks into no other customer's cluster", async () => {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);

  await expectProblem(fleet.call('POST', `${otherClusterPath}/plan`), missing);

  expect([...fleet.faults.eks.calls, ...fleet.faults.git.calls]).toEqual([]);
});
