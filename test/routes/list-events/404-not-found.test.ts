import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('has no events of a customer that never was', async () => {
  const fleet = await fleets.empty();

  await expectProblem(fleet.call('GET', `${customerPath}/events`), { status: 404, code: 'not-found' });
});
