import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, etagOf, putAccount, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('deletes nothing but what was read', async () => {
  const fleet = await fleets.withTwoCustomers();
  const etag = await etagOf(fleet.call('GET', accountPath));
  await putAccount(fleet, { alias: 'live' });

  const answer = fleet.call('DELETE', accountPath, { headers: { 'if-match': etag } });

  await expectProblem(answer, { status: 412, code: 'precondition-failed' });
  expect((await fleet.call('GET', accountPath)).status).toBe(200);
});
