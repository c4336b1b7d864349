import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { clusterPath } from '../../support/fleet.ts';
import { idsOf } from '../../support/lists.ts';
import { customerPath, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('joins the operation that wants the same', async () => {
  const { fleet, id, path } = await fleets.operating();

  const second = await fleet.call('POST', `${clusterPath}/bootstrap`);

  expect(second.status).toBe(202);
  expect(second.headers.get('location')).toBe(`/prod${path}`);
  expect(await operationOf(second)).toMatchObject({ id });
  expect(fleet.engine.started.size).toBe(1);
});

it('joins although a label of the cluster was changed, which a bootstrap does not ask for', async () => {
  const { fleet, id } = await fleets.operating();
  await putCluster(fleet, { labels: { tier: 'gold' } });

  expect(await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`))).toMatchObject({ id });
});

it('joins with a body that says what is meant anyway', async () => {
  const { fleet, id } = await fleets.operating();
  const body = { allowPrune: false, replace: false };

  expect(await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`, { body }))).toMatchObject({ id });
});

it('leaves the request that joined in the list, rejected, with a key that answers the operation', async () => {
  const { fleet, id } = await fleets.operating();
  const headers = { 'idempotency-key': 'deploy-42' };

  const joined = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`, { headers }));
  const again = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`, { headers }));

  expect([joined.id, again.id]).toEqual([id, id]);
  expect(await idsOf(fleet, `${customerPath}/operations?state=REJECTED`)).toHaveLength(1);
});
