import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { grant, grantPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each(['', 'yes', '1', 'TRUE'])('abandons for true and nothing else, not for "%s"', async (value) => {
  const fleet = await fleets.registered();
  await grant(fleet);

  const answer = fleet.call('DELETE', `${grantPath}?abandon=${value}`);

  const problem = await expectProblem(answer, { status: 400, code: 'invalid-request' });
  expect(problem['errors']).toMatchObject([{ parameter: 'abandon' }]);
  expect(await fleet.operations.listOpen(10)).toEqual([]);
});
