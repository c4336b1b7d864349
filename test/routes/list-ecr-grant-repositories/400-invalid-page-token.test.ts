import { it } from 'vitest';
import { expectTokenRefused, tokenOf } from '../../support/lists.ts';
import { grant, grantPath, keepResult, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it("takes no token of another grant's list", async () => {
  const fleet = await fleets.registered();
  const other = grantPath.replace('staging-pull', 'other');
  await grant(fleet);
  await grant(fleet, {}, { path: other });
  for (const name of ['team/api', 'team/web']) await keepResult(fleet, name);
  const token = await tokenOf(fleet, `${grantPath}/repositories?pageSize=1`);

  await expectTokenRefused(fleet, `${other}/repositories?pageSize=1&pageToken=${token}`);
});
