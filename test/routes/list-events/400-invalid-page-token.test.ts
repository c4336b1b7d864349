import { expect, it } from 'vitest';
import { expectTokenRefused, idsOf, tokenOf } from '../../support/lists.ts';
import { customerPath, otherPath, putAccount, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${customerPath}/events`;

it('refuses a token with other filters, and takes it with the same ones', async () => {
  const fleet = await fleets.withTwoCustomers();
  await putAccount(fleet, { alias: 'live' });
  const token = await tokenOf(fleet, `${path}?pageSize=1&since=2020-01-01T00:00:00Z`);

  await expectTokenRefused(fleet, `${path}?pageToken=${token}`);
  await expectTokenRefused(fleet, `${path}?pageToken=${token}&since=2020-01-01T00:00:01Z`);

  expect(await idsOf(fleet, `${path}?pageToken=${token}&since=2020-01-01T00:00:00Z`)).toHaveLength(2);
});

it('refuses a token of another customer', async () => {
  const fleet = await fleets.withTwoCustomers();

  await expectTokenRefused(fleet, `${otherPath}/events?pageToken=${await tokenOf(fleet, `${path}?pageSize=1`)}`);
});
