import { expect, it } from 'vitest';
import { account, clusterPath } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { accountPath, etagOf, otherAccountPath, otherPath, putAccount, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('forgets the account, and no other', async () => {
  const fleet = await fleets.withTwoCustomers();

  const answer = await fleet.call('DELETE', accountPath);

  expect([answer.status, await answer.text()]).toEqual([204, '']);
  expect((await fleet.call('GET', accountPath)).status).toBe(404);
  expect((await fleet.call('GET', otherAccountPath)).status).toBe(200);
});

it('frees the account for another customer', async () => {
  const fleet = await fleets.withTwoCustomers();

  await fleet.call('DELETE', accountPath);

  expect((await putAccount(fleet, { path: `${otherPath}/accounts/${account}` })).status).toBe(201);
});

it('forgets an account whose clusters were deleted', async () => {
  const fleet = await fleets.registered();
  await fleet.call('DELETE', clusterPath);

  expect((await fleet.call('DELETE', accountPath)).status).toBe(204);
});

it('forgets what was read, under If-Match', async () => {
  const fleet = await fleets.withTwoCustomers();
  const etag = await etagOf(fleet.call('GET', accountPath));

  const answer = await fleet.call('DELETE', accountPath, { headers: { 'if-match': etag } });

  expect(answer.status).toBe(204);
});

it('tells of it with what there was', async () => {
  const fleet = await fleets.withTwoCustomers();
  fleet.clock.advance(1);

  const answer = await fleet.call('DELETE', accountPath);

  const [event] = await eventsOf(fleet);
  expect(event).toMatchObject({ type: 'account.deleted', resource: accountPath, before: { alias: 'production' } });
  expect(event?.requestId).toBe(answer.headers.get('x-request-id'));
  expect(event).not.toHaveProperty('after');
});
