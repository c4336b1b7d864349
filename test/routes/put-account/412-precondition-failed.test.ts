import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, etagOf, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const failed = { status: 412, code: 'precondition-failed' };

it('replaces nothing but what was read', async () => {
  const fleet = await fleets.withTwoCustomers();
  const etag = await etagOf(fleet.call('GET', accountPath));
  await putAccount(fleet, { alias: 'live' });

  await expectProblem(putAccount(fleet, { alias: 'old', headers: { 'if-match': etag } }), failed);

  expect(await (await fleet.call('GET', accountPath)).json()).toMatchObject({ spec: { alias: 'live' } });
});

it('never replaces under If-None-Match: *', async () => {
  const fleet = await fleets.withTwoCustomers();

  await expectProblem(putAccount(fleet, { alias: 'live', headers: { 'if-none-match': '*' } }), failed);
});

it('never creates under If-Match', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  await expectProblem(putAccount(fleet, { headers: { 'if-match': '*' } }), failed);

  expect((await fleet.call('GET', accountPath)).status).toBe(404);
});
