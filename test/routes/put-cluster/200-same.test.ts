import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { clusterPath } from '../../support/fleet.ts';
import { etagOf, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('takes back what GET gave: the same ETag, no write, no event', async () => {
  const fleet = await fleets.registered();
  await putCluster(fleet, { labels: { tier: 'gold', team: 'web' } });
  const read = await fleet.call('GET', clusterPath);
  const items = fleet.table.allItems();
  fleet.faults.registry.calls.length = 0;
  fleet.faults.events.calls.length = 0;

  const again = await fleet.call('PUT', clusterPath, { body: (await resourceOf(read)).spec });

  expect([again.status, await etagOf(again)]).toEqual([200, await etagOf(read)]);
  expect(fleet.faults.registry.calls).toEqual(['read']);
  expect(fleet.faults.events.calls).toEqual([]);
  expect(fleet.table.allItems()).toEqual(items);
});

it('is the same with labels in another order', async () => {
  const fleet = await fleets.registered();
  const etag = await etagOf(putCluster(fleet, { labels: { tier: 'gold', team: 'web' } }));

  const again = await putCluster(fleet, { labels: { team: 'web', tier: 'gold' } });

  expect(await etagOf(again)).toBe(etag);
});

it('is another with a default written out', async () => {
  const fleet = await fleets.registered();
  const etag = await etagOf(fleet.call('GET', clusterPath));

  const changed = await putCluster(fleet, { access: 'managed' });

  expect(await etagOf(changed)).not.toBe(etag);
});
