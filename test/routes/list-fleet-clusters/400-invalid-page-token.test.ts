import { expect, it } from 'vitest';
import { expectTokenRefused, idsOf, tokenOf } from '../../support/lists.ts';
import { customerPath, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function given() {
  const fleet = await fleets.withTwoCustomers();
  for (const id of ['a', 'b']) await putCluster(fleet, { eksName: id }, { path: `${customerPath}/clusters/${id}` });
  return fleet;
}

it('refuses a token with other filters', async () => {
  const fleet = await given();
  const token = await tokenOf(fleet, '/v1/clusters?pageSize=1');

  await expectTokenRefused(fleet, `/v1/clusters?pageToken=${token}&region=eu-west-1`);

  expect(await idsOf(fleet, `/v1/clusters?pageToken=${token}`)).toEqual(['b']);
});

it("refuses a token of one customer's list", async () => {
  const fleet = await given();
  const token = await tokenOf(fleet, `${customerPath}/clusters?pageSize=1`);

  await expectTokenRefused(fleet, `/v1/clusters?pageToken=${token}`);
});
