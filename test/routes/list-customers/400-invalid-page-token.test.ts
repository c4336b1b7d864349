import { expect, it } from 'vitest';
import { expectTokenRefused, tokenOf } from '../../support/lists.ts';
import { putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('refuses a token of another list', async () => {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);
  await putCluster(fleet, { eksName: 'second' }, { path: '/v1/customers/acme/clusters/second' });

  const token = await tokenOf(fleet, '/v1/clusters?pageSize=1');

  await expectTokenRefused(fleet, `/v1/customers?pageToken=${token}`);
});

it('refuses a token that was tampered with', async () => {
  const fleet = await fleets.withTwoCustomers();
  const token = await tokenOf(fleet, '/v1/customers?pageSize=1');

  await expectTokenRefused(fleet, `/v1/customers?pageToken=${token.slice(0, -4)}`);
  expect((await fleet.call('GET', `/v1/customers?pageToken=${token}`)).status).toBe(200);
});
