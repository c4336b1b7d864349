import { it } from 'vitest';
import { expectTokenRefused, tokenOf } from '../../support/lists.ts';
import { customerPath, putCluster, startBootstrap, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it("refuses a token of one customer's list, and one with other filters", async () => {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);
  await putCluster(fleet, { eksName: 'b' }, { path: `${customerPath}/clusters/b` });
  await startBootstrap(fleet);
  await startBootstrap(fleet, { path: `${customerPath}/clusters/b` });
  const theirs = await tokenOf(fleet, `${customerPath}/operations?pageSize=1`);
  const unfiltered = await tokenOf(fleet, '/v1/operations?pageSize=1');

  await expectTokenRefused(fleet, `/v1/operations?pageToken=${theirs}`);
  await expectTokenRefused(fleet, `/v1/operations?pageToken=${unfiltered}&state=PENDING`);
});
