import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('has no list for a customer that is not registered', async () => {
  const fleet = await fleets.empty();

  await expectProblem(fleet.call('GET', `${customerPath}/accounts`), { status: 404, code: 'not-found' });
});

it('has no list for a customer that was deleted', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  await fleet.call('DELETE', customerPath);

  await expectProblem(fleet.call('GET', `${customerPath}/accounts`), { status: 404, code: 'not-found' });
});
