import { expect, it } from 'vitest';
import { grantSpec } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { grantPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const lambda = { type: 'lambda', accountId: '222233334444', region: 'eu-west-1' };

it.each<[string, object]>([
  ['/expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }],
  ['/access', { principal: lambda, access: 'push' }],
  ['/principal/region', { principal: { ...lambda, region: 'us-east-1' } }],
])('refuses a grant that would give no right, at %s', async (pointer, changes) => {
  const fleet = await fleets.registered();

  const answer = fleet.call('PUT', grantPath, { body: { ...grantSpec, ...changes } });

  const problem = await expectProblem(answer, { status: 422, code: 'grant-without-effect' });
  expect(problem['errors']).toMatchObject([{ pointer }]);
  expect((await fleet.call('GET', grantPath)).status).toBe(404);
});
