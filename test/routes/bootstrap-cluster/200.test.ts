import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { clusterPath } from '../../support/fleet.ts';
import { runToEnd, useFleets } from '../../support/route-fleet.ts';
import { setState } from '../../support/operations.ts';

const fleets = useFleets();

it('answers with the end when it is asked to wait for it', async () => {
  const fleet = await fleets.registered();
  fleet.faults.engine.onCall('start', async () => {
    const [id = ''] = await fleet.operations.listOpen(1);
    await runToEnd(fleet, id);
  });

  const answer = await fleet.call('POST', `${clusterPath}/bootstrap`, { headers: { prefer: 'wait=20' } });

  expect(answer.status).toBe(200);
  expect(answer.headers.get('retry-after')).toBeNull();
  expect(answer.headers.get('location')).toContain('/prod/v1/customers/acme/operations/op-');
  expect(await operationOf(answer)).toMatchObject({ state: 'SUCCEEDED' });
});

it.each(['AWAITING_MERGE', 'AWAITING_REGISTRATION'] as const)(
  'answers with an operation that waits for a person: %s',
  async (state) => {
    const fleet = await fleets.registered();
    fleet.faults.engine.onCall('start', async () => {
      const [id = ''] = await fleet.operations.listOpen(1);
      await setState(fleet.table, id, state);
    });

    const answer = await fleet.call('POST', `${clusterPath}/bootstrap`, { headers: { prefer: 'wait=20' } });

    expect([answer.status, await operationOf(answer)]).toMatchObject([200, { state }]);
  },
);

it('answers with the operation of an Idempotency-Key that has succeeded', async () => {
  const fleet = await fleets.registered();
  const headers = { 'idempotency-key': 'deploy-42' };
  const { id } = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`, { headers }));
  await runToEnd(fleet, id);

  const answer = await fleet.call('POST', `${clusterPath}/bootstrap`, { headers });

  expect([answer.status, await operationOf(answer)]).toMatchObject([200, { id, state: 'SUCCEEDED' }]);
  expect(fleet.engine.started.size).toBe(1);
});
