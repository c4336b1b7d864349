import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('lists nothing of a customer that is not registered', async () => {
  const fleet = await fleets.registered();

  await expectProblem(fleet.call('GET', '/v1/customers/nobody/ecr-grants'), { status: 404, code: 'not-found' });
});
