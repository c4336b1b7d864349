import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('has no list for a customer that is not registered, whatever is asked of it', async () => {
  const fleet = await fleets.empty();

  await expectProblem(fleet.call('GET', `${customerPath}/clusters`), missing);
  await expectProblem(fleet.call('GET', `${customerPath}/clusters?region=eu-west-1`), missing);
});

it('has no list for a customer that was deleted', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  await fleet.call('DELETE', customerPath);

  await expectProblem(fleet.call('GET', `${customerPath}/clusters`), missing);
});
