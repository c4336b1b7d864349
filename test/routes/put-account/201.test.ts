import { expect, it } from 'vitest';
import { account } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { accountPath, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function given() {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  return fleet;
}

it('creates the account with what its owner needs to let us in', async () => {
  const fleet = await given();

  const created = await putAccount(fleet);

  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe(`/prod${accountPath}`);
  expect(await created.json()).toMatchObject({
    id: account,
    spec: { alias: 'production' },
    status: {
      externalId: (await fleet.registry.getCustomer('acme'))?.externalId,
      roleArn: `arn:aws:iam::${account}:role/fleet-api`,
      trustedPrincipalArn: 'arn:aws:iam::999988887777:role/fleet-api',
    },
  });
  expect((await fleet.call('GET', accountPath)).headers.get('etag')).toBe(created.headers.get('etag'));
});

it('creates under If-None-Match: *', async () => {
  const fleet = await given();

  expect((await putAccount(fleet, { headers: { 'if-none-match': '*' } })).status).toBe(201);
});

it('creates anew what was deleted', async () => {
  const fleet = await given();
  await putAccount(fleet);
  await fleet.call('DELETE', accountPath);

  const created = await putAccount(fleet);

  expect(created.status).toBe(201);
  expect(await created.json()).toMatchObject({ createdAt: fleet.clock.now().toISOString() });
});

it('tells of it in the events', async () => {
  const fleet = await given();

  const created = await putAccount(fleet);

  const [event] = await eventsOf(fleet);
  expect(event).toMatchObject({ type: 'account.created', resource: accountPath, after: { alias: 'production' } });
  expect(event?.requestId).toBe(created.headers.get('x-request-id'));
});
