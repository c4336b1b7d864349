import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, grant, grantPath, otherPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('finds nothing of a grant that was not declared, or that only another customer has', async () => {
  const fleet = await fleets.withTwoCustomers();
  const path = `${grantPath}/repositories`;
  await expectProblem(fleet.call('GET', path), missing);
  await grant(fleet);

  await expectProblem(fleet.call('GET', path.replace(customerPath, otherPath)), missing);
});
