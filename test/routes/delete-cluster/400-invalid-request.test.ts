import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each(['', 'yes', '1', 'TRUE'])('abandons for true and nothing else, not for "%s"', async (value) => {
  const fleet = await fleets.registered();

  const problem = await expectProblem(fleet.call('DELETE', `${clusterPath}?abandon=${value}`), {
    status: 400,
    code: 'invalid-request',
  });

  expect(problem['errors']).toMatchObject([{ parameter: 'abandon' }]);
  expect((await fleet.call('GET', clusterPath)).status).toBe(200);
});
