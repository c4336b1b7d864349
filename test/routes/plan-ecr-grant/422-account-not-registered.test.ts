import { expect, it } from 'vitest';
import { grantSpec } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { grantPath, otherPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const notRegistered = { status: 422, code: 'account-not-registered' };

it('looks into no account that the customer has not registered', async () => {
  const fleet = await fleets.registered();
  const body = { ...grantSpec, registry: { accountId: '999900001111', region: 'eu-west-1' } };

  await expectProblem(fleet.call('POST', `${grantPath}/plan`, { body }), notRegistered);

  expect(fleet.faults.ecr.calls).toEqual([]);
});

it("looks into no other customer's account", async () => {
  const fleet = await fleets.registered();
  await putCustomer(fleet, 'other', { name: 'other' });

  await expectProblem(fleet.call('POST', `${otherPath}/ecr-grants/mine/plan`, { body: grantSpec }), notRegistered);

  expect(fleet.faults.ecr.calls).toEqual([]);
});
