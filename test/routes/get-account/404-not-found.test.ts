import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, customerPath, otherPath, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('finds no account that is not registered, and none of a customer that is not', async () => {
  const fleet = await fleets.empty();
  await expectProblem(fleet.call('GET', accountPath), missing);
  await putCustomer(fleet);

  await expectProblem(fleet.call('GET', accountPath), missing);
});

it('finds no account that only another customer has', async () => {
  const fleet = await fleets.withTwoCustomers();
  await putAccount(fleet, { path: `${customerPath}/accounts/999900001111` });

  await expectProblem(fleet.call('GET', `${otherPath}/accounts/999900001111`), missing);
});

it('finds no account that was deleted', async () => {
  const fleet = await fleets.withTwoCustomers();

  await fleet.call('DELETE', accountPath);

  await expectProblem(fleet.call('GET', accountPath), missing);
});
