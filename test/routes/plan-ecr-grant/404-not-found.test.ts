import { expect, it } from 'vitest';
import { grantSpec } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { grantPath, otherPath, putGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('plans nothing of what is not declared where no body says what it is', async () => {
  const fleet = await fleets.registered();

  await expectProblem(fleet.call('POST', `${grantPath}/plan`), missing);

  expect(fleet.faults.ecr.calls).toEqual([]);
});

it('plans nothing for a customer that is not registered', async () => {
  const fleet = await fleets.empty();

  await expectProblem(fleet.call('POST', `${grantPath}/plan`, { body: grantSpec }), missing);
});

it("shows nothing of another customer's grant", async () => {
  const fleet = await fleets.withTwoCustomers();
  await putGrant(fleet);

  await expectProblem(fleet.call('POST', `${otherPath}/ecr-grants/staging-pull/plan`), missing);

  expect(fleet.faults.ecr.calls).toEqual([]);
});
