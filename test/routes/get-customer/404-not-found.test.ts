import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('finds no customer that was never registered', async () => {
  const fleet = await fleets.empty();

  await expectProblem(fleet.call('GET', customerPath), { status: 404, code: 'not-found' });
});

it('finds no customer that was deleted', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  await fleet.call('DELETE', customerPath);

  await expectProblem(fleet.call('GET', customerPath), { status: 404, code: 'not-found' });
});
