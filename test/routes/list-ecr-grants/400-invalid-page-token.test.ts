import { it } from 'vitest';
import { expectTokenRefused, tokenOf } from '../../support/lists.ts';
import { customerPath, grant, otherPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it("takes no token of another customer's list", async () => {
  const fleet = await fleets.withTwoCustomers();
  for (const id of ['one', 'two']) await grant(fleet, {}, { path: `${customerPath}/ecr-grants/${id}` });
  const token = await tokenOf(fleet, `${customerPath}/ecr-grants?pageSize=1`);

  await expectTokenRefused(fleet, `${otherPath}/ecr-grants?pageSize=1&pageToken=${token}`);
});
