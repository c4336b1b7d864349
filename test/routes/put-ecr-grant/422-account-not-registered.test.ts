import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, grantPath, otherPath, putCustomer, sendGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const notRegistered = { status: 422, code: 'account-not-registered' };

it('grants nothing in a registry whose account the customer has not registered, and says how to', async () => {
  const fleet = await fleets.registered();
  const registry = { accountId: '999900001111', region: 'eu-west-1' };

  const problem = await expectProblem(sendGrant(fleet, { registry }), notRegistered);

  expect(problem['errors']).toMatchObject([{ pointer: '/registry/accountId' }]);
  expect(problem['detail']).toContain(`PUT ${customerPath}/accounts/999900001111`);
  await expectProblem(fleet.call('GET', grantPath), { status: 404, code: 'not-found' });
  expect(await fleet.operations.listOpen(10)).toEqual([]);
});

it("grants nothing in another customer's registry", async () => {
  const fleet = await fleets.registered();
  await putCustomer(fleet, 'other', { name: 'other' });

  await expectProblem(sendGrant(fleet, {}, { path: `${otherPath}/ecr-grants/mine` }), notRegistered);
});
