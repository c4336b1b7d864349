import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, grant, grantPath, otherPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('finds no grant that was not declared, and none of a customer that is not registered', async () => {
  const fleet = await fleets.empty();
  await expectProblem(fleet.call('GET', grantPath), missing);
  await fleet.register();

  await expectProblem(fleet.call('GET', grantPath), missing);
});

it('finds no grant that only another customer has', async () => {
  const fleet = await fleets.withTwoCustomers();
  await grant(fleet);

  await expectProblem(fleet.call('GET', grantPath.replace(customerPath, otherPath)), missing);
});
