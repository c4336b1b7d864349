import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, customerPath, otherPath, putAccount, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('deletes an account once', async () => {
  const fleet = await fleets.withTwoCustomers();
  await fleet.call('DELETE', accountPath);
  const items = fleet.table.allItems();

  await expectProblem(fleet.call('DELETE', accountPath), missing);

  expect(fleet.table.allItems()).toEqual(items);
});

it("deletes no other customer's account", async () => {
  const fleet = await fleets.withTwoCustomers();
  const path = `${customerPath}/accounts/999900001111`;
  await putAccount(fleet, { path });

  await expectProblem(fleet.call('DELETE', `${otherPath}/accounts/999900001111`), missing);

  expect((await fleet.call('GET', path)).status).toBe(200);
});

it('deletes nothing of a customer that is not registered', async () => {
  const fleet = await fleets.empty();

  await expectProblem(fleet.call('DELETE', accountPath), missing);
});
