import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };
const access = (account: string) => `${customerPath}/ecr-registries/${account}/eu-west-1/access?repository=team/api`;

it('refuses for a customer that is not registered, and asks nobody', async () => {
  const fleet = await fleets.empty();

  await expectProblem(fleet.call('GET', access('111122223333')), missing);

  expect(fleet.faults.ecr.calls).toEqual([]);
});

it("refuses for an account that is not the customer's, and asks nobody", async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  await putAccount(fleet);

  await expectProblem(fleet.call('GET', access('999900001111')), missing);

  expect(fleet.faults.ecr.calls).toEqual([]);
});
