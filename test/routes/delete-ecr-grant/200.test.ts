import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { grant, grantPath, runToEnd, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('answers with the end when it is asked to wait for it', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);
  fleet.faults.engine.onCall('start', async () => {
    const [id = ''] = await fleet.operations.listOpen(1);
    await runToEnd(fleet, id);
  });

  const answer = await fleet.call('DELETE', grantPath, { headers: { prefer: 'wait=20' } });

  expect(answer.status).toBe(200);
  expect(await operationOf(answer)).toMatchObject({ kind: 'withdraw-ecr-grant', state: 'SUCCEEDED' });
});
