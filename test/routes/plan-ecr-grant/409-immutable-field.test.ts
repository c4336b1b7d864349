import { expect, it } from 'vitest';
import { account, grantSpec } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { grantPath, putGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('plans no grant in another registry than the one that it has', async () => {
  const fleet = await fleets.registered();
  await putGrant(fleet);
  const body = { ...grantSpec, registry: { accountId: account, region: 'eu-central-1' } };

  const answer = fleet.call('POST', `${grantPath}/plan`, { body });

  const problem = await expectProblem(answer, { status: 409, code: 'immutable-field' });
  expect(problem['errors']).toMatchObject([{ pointer: '/registry' }]);
});
