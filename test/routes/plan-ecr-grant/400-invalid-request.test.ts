import { expect, it } from 'vitest';
import { grantSpec } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { grantPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('refuses what a PUT would refuse', async () => {
  const fleet = await fleets.registered();

  const answer = fleet.call('POST', `${grantPath}/plan`, { body: { ...grantSpec, reason: undefined } });

  const problem = await expectProblem(answer, { status: 400, code: 'invalid-request' });
  expect(problem['errors']).toMatchObject([{ pointer: '/reason' }]);
  expect(fleet.faults.ecr.calls).toEqual([]);
});
