import { expect, it } from 'vitest';
import { grantSpec } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { grantPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each<[string, object]>([
  ['/expiresAt', { ...grantSpec, expiresAt: '2020-01-01T00:00:00Z' }],
  [
    '/access',
    { ...grantSpec, principal: { type: 'lambda', accountId: '222233334444', region: 'eu-west-1' }, access: 'push' },
  ],
  ['/reason', { ...grantSpec, reason: undefined }],
])('refuses what a PUT would refuse, at %s', async (pointer, body) => {
  const fleet = await fleets.registered();

  const answer = fleet.call('POST', `${grantPath}/plan`, { body });

  const problem = await expectProblem(answer, { status: 400, code: 'invalid-request' });
  expect(problem['errors']).toMatchObject([{ pointer }]);
  expect(fleet.faults.ecr.calls).toEqual([]);
});
