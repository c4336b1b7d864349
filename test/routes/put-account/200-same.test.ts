import { expect, it } from 'vitest';
import { accountPath, etagOf, putAccount, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('changes nothing for the same body: the same ETag, no write, no event', async () => {
  const fleet = await fleets.withTwoCustomers();
  const etag = await etagOf(fleet.call('GET', accountPath));
  const items = fleet.table.allItems();
  fleet.faults.registry.calls.length = 0;
  fleet.faults.events.calls.length = 0;

  const again = await putAccount(fleet);

  expect([again.status, again.headers.get('etag')]).toEqual([200, etag]);
  expect(fleet.faults.registry.calls).toEqual(['read']);
  expect(fleet.faults.events.calls).toEqual([]);
  expect(fleet.table.allItems()).toEqual(items);
});
