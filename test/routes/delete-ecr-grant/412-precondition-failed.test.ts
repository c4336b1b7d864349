import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { expectProblem } from '../../support/problems.ts';
import { etagOf, grant, grantPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('withdraws nothing but what was read', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);
  const headers = { 'if-match': await etagOf(fleet.call('GET', grantPath)) };
  await grant(fleet, { access: 'push' });

  const answer = fleet.call('DELETE', grantPath, { headers });

  await expectProblem(answer, { status: 412, code: 'precondition-failed' });
  expect((await resourceOf(await fleet.call('GET', grantPath))).status).toMatchObject({ state: 'APPLIED' });
});
