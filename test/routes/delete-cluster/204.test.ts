import { expect, it } from 'vitest';
import { Crash } from '../../support/faults.ts';
import { clusterPath, clusterSpec } from '../../support/fleet.ts';
import { eventsOf, eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, etagOf, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('forgets a cluster in which nothing of ours was left, and its name is free', async () => {
  const fleet = await fleets.registered();

  const answer = await fleet.call('DELETE', clusterPath);

  expect([answer.status, await answer.text()]).toEqual([204, '']);
  await expectProblem(fleet.call('GET', clusterPath), { status: 404, code: 'not-found' });
  expect((await putCluster(fleet, {}, { path: `${customerPath}/clusters/second` })).status).toBe(201);
});

it('forgets what was read, under If-Match', async () => {
  const fleet = await fleets.registered();
  const etag = await etagOf(fleet.call('GET', clusterPath));

  expect((await fleet.call('DELETE', clusterPath, { headers: { 'if-match': etag } })).status).toBe(204);
});

it('has nothing to abandon where nothing was left', async () => {
  const fleet = await fleets.registered();

  expect((await fleet.call('DELETE', `${clusterPath}?abandon=true`)).status).toBe(204);
});

it('touches neither cluster, nor repository, nor AWS', async () => {
  const fleet = await fleets.registered();

  await fleet.call('DELETE', clusterPath);

  const { git, eks, kubernetes, engine } = fleet.faults;
  expect([...git.calls, ...eks.calls, ...kubernetes.calls, ...engine.calls]).toEqual([]);
});

it.each(['deleteCluster', 'freeUnique'] as const)('is finished by the same request when it died at %s', async (at) => {
  const fleet = await fleets.registered();
  fleet.faults.registry.fail(at, { when: 'before', error: new Crash(at) });
  expect((await fleet.call('DELETE', clusterPath)).status).toBe(500);

  const again = await fleet.call('DELETE', clusterPath);

  expect(again.status).toBe(at === 'deleteCluster' ? 204 : 404);
  await expectProblem(fleet.call('GET', clusterPath), { status: 404, code: 'not-found' });
  expect((await eventTypesOf(fleet)).filter((type) => type === 'cluster.deleted')).toHaveLength(1);
});

it('can be claimed by nothing once it is half deleted', async () => {
  const fleet = await fleets.registered();
  fleet.faults.registry.fail('deleteCluster', { when: 'before', error: new Crash('deleteCluster') });
  await fleet.call('DELETE', clusterPath);

  await expectProblem(fleet.call('POST', `${clusterPath}/bootstrap`), { status: 409, code: 'conflict' });

  expect((await fleet.call('DELETE', clusterPath)).status).toBe(204);
});

it('tells of it with what there was', async () => {
  const fleet = await fleets.registered();
  fleet.clock.advance(1);

  const answer = await fleet.call('DELETE', clusterPath);

  const [event] = await eventsOf(fleet);
  expect(event).toMatchObject({ type: 'cluster.deleted', resource: clusterPath, before: clusterSpec });
  expect(event?.requestId).toBe(answer.headers.get('x-request-id'));
  expect(event).not.toHaveProperty('after');
});
