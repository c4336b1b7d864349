import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, grant, grantPath, otherPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('withdraws nothing that was not declared', async () => {
  const fleet = await fleets.registered();

  await expectProblem(fleet.call('DELETE', grantPath), missing);

  expect(await fleet.operations.listOpen(10)).toEqual([]);
});

it("withdraws no other customer's grant", async () => {
  const fleet = await fleets.withTwoCustomers();
  await grant(fleet);

  await expectProblem(fleet.call('DELETE', grantPath.replace(customerPath, otherPath)), missing);

  expect((await fleet.call('GET', grantPath)).status).toBe(200);
  expect(await fleet.operations.listOpen(10)).toEqual([]);
});
