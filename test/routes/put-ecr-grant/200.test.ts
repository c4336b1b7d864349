import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { customerPath, runToEnd, sendGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('answers with the end when it is asked to wait for it', async () => {
  const fleet = await fleets.registered();
  fleet.faults.engine.onCall('start', async () => {
    const [id = ''] = await fleet.operations.listOpen(1);
    await runToEnd(fleet, id);
  });

  const answer = await sendGrant(fleet, {}, { headers: { prefer: 'wait=20' } });

  expect(answer.status).toBe(200);
  const { id, state } = await operationOf(answer);
  expect(state).toBe('SUCCEEDED');
  expect(answer.headers.get('location')).toBe(`/prod${customerPath}/operations/${id}`);
});
