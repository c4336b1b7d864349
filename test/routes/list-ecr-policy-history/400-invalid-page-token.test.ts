import { it } from 'vitest';
import { expectTokenRefused, tokenOf } from '../../support/lists.ts';
import { historyPath, keepPolicy, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('takes no token of another repository', async () => {
  const fleet = await fleets.registered();
  await keepPolicy(fleet);
  await keepPolicy(fleet, { id: '20270101T000001.000Z_id2' });
  const token = await tokenOf(fleet, `${historyPath}?repository=team/api&pageSize=1`);

  await expectTokenRefused(fleet, `${historyPath}?repository=team/web&pageSize=1&pageToken=${token}`);
});
