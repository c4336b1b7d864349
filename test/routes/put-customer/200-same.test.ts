import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { eventTypesOf } from '../../support/lists.ts';
import { customerPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('changes nothing for the same body: the same ETag, no write, no event', async () => {
  const fleet = await fleets.empty();
  const created = await putCustomer(fleet);
  fleet.clock.advance(1000);
  const items = fleet.table.allItems();
  fleet.faults.registry.calls.length = 0;
  fleet.faults.events.calls.length = 0;

  const again = await putCustomer(fleet);

  expect(again.status).toBe(200);
  expect(again.headers.get('etag')).toBe(created.headers.get('etag'));
  expect(fleet.faults.registry.calls).toEqual(['read']);
  expect(fleet.faults.events.calls).toEqual([]);
  expect(fleet.table.allItems()).toEqual(items);
  expect(await again.json()).toMatchObject({ updatedAt: (await resourceOf(created)).createdAt });
  expect(await eventTypesOf(fleet)).toEqual(['customer.created']);
});

it('takes back what GET gave, and a body with its members in another order', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  const read = await fleet.call('GET', customerPath);
  const { spec } = await resourceOf(read);
  const items = fleet.table.allItems();

  const again = await fleet.call('PUT', customerPath, { body: spec });
  const turned = await fleet.call('PUT', customerPath, { body: Object.fromEntries(Object.entries(spec).toReversed()) });

  expect([again.status, again.headers.get('etag')]).toEqual([200, read.headers.get('etag')]);
  expect([turned.status, turned.headers.get('etag')]).toEqual([200, read.headers.get('etag')]);
  expect(fleet.table.allItems()).toEqual(items);
});
