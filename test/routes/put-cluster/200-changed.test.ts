import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { clusterPath, clusterSpec } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { etagOf, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('replaces the spec, and keeps when it was created', async () => {
  const fleet = await fleets.registered();
  const { createdAt } = await resourceOf(await fleet.call('GET', clusterPath));

  const changed = await putCluster(fleet, { flux: { version: '2.9.3' } });

  expect(changed.status).toBe(200);
  expect(await changed.json()).toMatchObject({
    spec: { flux: { version: '2.9.3' } },
    createdAt,
    updatedAt: fleet.clock.now().toISOString(),
  });
});

it('replaces what was read under If-Match', async () => {
  const fleet = await fleets.registered();
  const etag = await etagOf(fleet.call('GET', clusterPath));

  const changed = await putCluster(fleet, { environment: 'a' }, { headers: { 'if-match': etag } });

  expect(changed.status).toBe(200);
  expect(await etagOf(changed)).not.toBe(etag);
});

it('does away with what the new spec does not say', async () => {
  const fleet = await fleets.registered();
  await putCluster(fleet, { environment: 'a', labels: { tier: 'gold' } });

  await putCluster(fleet, { environment: 'b' });

  expect((await resourceOf(await fleet.call('GET', clusterPath))).spec).toEqual({ ...clusterSpec, environment: 'b' });
});

it('tells what it was before and after', async () => {
  const fleet = await fleets.registered();

  await putCluster(fleet, { environment: 'a' });

  const [event] = await eventsOf(fleet);
  expect(event).toMatchObject({ type: 'cluster.updated', before: clusterSpec });
  expect(event?.after).toEqual({ ...clusterSpec, environment: 'a' });
});
