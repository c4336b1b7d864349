import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { account, grantSpec } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, grant, grantPath, putAccount, sendGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each([
  ['account', { accountId: '999900001111', region: 'eu-west-1' }],
  ['region', { accountId: account, region: 'eu-central-1' }],
])("does not move to another registry's %s: its right would stay behind", async (_, registry) => {
  const fleet = await fleets.registered();
  await putAccount(fleet, { path: `${customerPath}/accounts/999900001111` });
  await grant(fleet);

  const problem = await expectProblem(sendGrant(fleet, { registry }), { status: 409, code: 'immutable-field' });

  expect(problem['errors']).toEqual([{ pointer: '/registry', detail: 'cannot change' }]);
  expect((await resourceOf(await fleet.call('GET', grantPath))).spec).toEqual(grantSpec);
  expect(await fleet.operations.listOpen(10)).toEqual([]);
});
