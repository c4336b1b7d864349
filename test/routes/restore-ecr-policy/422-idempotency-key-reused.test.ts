import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { historyPath, keepPolicy, keptPolicy, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('refuses a key with another repository, though the path is the same', async () => {
  const fleet = await fleets.registered();
  await keepPolicy(fleet);
  await keepPolicy(fleet, { repository: 'team/web' });
  const path = `${historyPath}/${keptPolicy.id}/restore?repository=team`;
  const headers = { 'idempotency-key': 'restore-1' };
  await fleet.call('POST', `${path}/api`, { headers });

  const answer = fleet.call('POST', `${path}/web`, { headers });

  await expectProblem(answer, { status: 422, code: 'idempotency-key-reused' });
});
