import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('has no list for a customer that never was, whatever is asked of it', async () => {
  const fleet = await fleets.empty();

  for (const query of ['', '?state=FAILED']) {
    await expectProblem(fleet.call('GET', `${customerPath}/operations${query}`), { status: 404, code: 'not-found' });
  }
});
