import { expect, it } from 'vitest';
import { customerSpec } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { customerPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('creates the customer: Location with the stage, and what GET answers', async () => {
  const fleet = await fleets.empty();

  const created = await putCustomer(fleet);

  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe('/prod/v1/customers/acme');
  const body = await created.json();
  expect(body).toEqual({
    id: 'acme',
    spec: customerSpec,
    status: { effective: { ...customerSpec, delivery: 'auto' } },
    createdAt: fleet.clock.now().toISOString(),
    updatedAt: fleet.clock.now().toISOString(),
  });
  const read = await fleet.call('GET', customerPath);
  expect(read.status).toBe(200);
  expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
  expect(await read.json()).toEqual(body);
});

it('creates under If-None-Match: *', async () => {
  const fleet = await fleets.empty();

  const created = await putCustomer(fleet, 'acme', { headers: { 'if-none-match': '*' } });

  expect(created.status).toBe(201);
});

it('makes an ExternalId and shows it to no one', async () => {
  const fleet = await fleets.empty();

  const created = await putCustomer(fleet);

  const { externalId } = (await fleet.registry.getCustomer('acme')) ?? {};
  expect(externalId).toBeTruthy();
  expect(await created.text()).not.toContain(externalId);
});

it('creates anew what was deleted, with another ExternalId', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  const before = await fleet.registry.getCustomer('acme');
  await fleet.call('DELETE', customerPath);

  const created = await putCustomer(fleet);

  expect(created.status).toBe(201);
  const after = await fleet.registry.getCustomer('acme');
  expect(after?.externalId).not.toBe(before?.externalId);
  expect(after?.createdAt).toBe(fleet.clock.now().toISOString());
});

it('tells of it in the events', async () => {
  const fleet = await fleets.empty();

  const created = await putCustomer(fleet);

  const events = await eventsOf(fleet);
  expect(events).toMatchObject([{ type: 'customer.created', resource: customerPath, after: customerSpec }]);
  expect(events[0]).toMatchObject({ requestId: created.headers.get('x-request-id') });
});
