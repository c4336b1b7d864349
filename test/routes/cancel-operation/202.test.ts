import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { caller, clusterPath } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { setState } from '../../support/operations.ts';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each(['PENDING', 'RUNNING', 'AWAITING_MERGE', 'AWAITING_REGISTRATION'] as const)(
  'asks an operation that is %s to stop',
  async (state) => {
    const { fleet, id, path } = await fleets.operating();
    await setState(fleet.table, id, state);

    const answer = await fleet.call('POST', `${path}/cancel`);

    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/prod${path}`);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await operationOf(answer)).toMatchObject({ id, state: 'CANCELLING' });
  },
);

it('asked again is the same, and whoever asked first is remembered', async () => {
  const { fleet, id, path } = await fleets.operating();
  const first = await fleet.call('POST', `${path}/cancel`);
  fleet.clock.advance(1000);

  const second = await fleet.call('POST', `${path}/cancel`);

  expect(second.status).toBe(202);
  expect(await operationOf(second)).toEqual(await operationOf(first));
  expect((await fleet.operations.get(id))?.cancelRequest?.requestId).toBe(first.headers.get('x-request-id'));
});

it('leaves the cluster to the operation until that has stopped', async () => {
  const { fleet, id, path } = await fleets.operating();

  await fleet.call('POST', `${path}/cancel`);

  expect(await fleet.registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: id });
  const other = await fleet.call('POST', `${clusterPath}/bootstrap`, { body: { replace: true } });
  expect(other.status).toBe(409);
});

it('tells once who asked', async () => {
  const { fleet, path } = await fleets.operating();
  fleet.clock.advance(1);
  const first = await fleet.call('POST', `${path}/cancel`);

  await fleet.call('POST', `${path}/cancel`);

  const events = await eventsOf(fleet, '?type=operation.cancel-requested');
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    caller,
    resource: path,
    requestId: first.headers.get('x-request-id'),
    before: { state: 'PENDING' },
    after: { state: 'CANCELLING' },
  });
});
