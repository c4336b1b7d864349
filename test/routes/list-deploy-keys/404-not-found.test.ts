import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { otherClusterPath, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('has no keys of a cluster that is not registered', async () => {
  const fleet = await fleets.registered();

  await expectProblem(fleet.call('GET', '/v1/customers/acme/clusters/other/deploy-keys'), missing);
});

it("asks no Git host about another customer's cluster", async () => {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);

  await expectProblem(fleet.call('GET', `${otherClusterPath}/deploy-keys`), missing);

  expect(fleet.faults.git.calls).toEqual([]);
});
