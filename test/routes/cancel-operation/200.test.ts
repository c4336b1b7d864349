import { expect, it } from 'vitest';
import { endOperation } from '../../../src/operations/end-operation.ts';
import { operationOf } from '../../support/answers.ts';
import { runToEnd, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('says that it is cancelled already', async () => {
  const { fleet, id, path } = await fleets.operating();
  await runToEnd(fleet, id, 'CANCELLED');
  const before = await fleet.operations.get(id);

  const answer = await fleet.call('POST', `${path}/cancel`);

  expect(answer.status).toBe(200);
  expect(answer.headers.get('location')).toBe(`/prod${path}`);
  expect(answer.headers.get('retry-after')).toBeNull();
  expect(await operationOf(answer)).toMatchObject({ id, state: 'CANCELLED' });
  expect(await fleet.operations.get(id)).toEqual(before);
});

it('waits for the end when it is asked to', async () => {
  const { fleet, id, path } = await fleets.operating();
  fleet.faults.events.onCall('publish', async () => {
    fleet.faults.events.onCall('publish', () => undefined);
    await endOperation(fleet.deps, id, { kind: 'stopped' });
  });

  const answer = await fleet.call('POST', `${path}/cancel`, { headers: { prefer: 'wait=20' } });

  expect([answer.status, await operationOf(answer)]).toMatchObject([200, { id, state: 'CANCELLED' }]);
});
