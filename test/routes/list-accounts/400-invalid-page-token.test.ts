import { expect, it } from 'vitest';
import { expectTokenRefused, idsOf, tokenOf } from '../../support/lists.ts';
import { customerPath, otherPath, putAccount, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${customerPath}/accounts`;

it('refuses a token of another customer, and takes it for the customer whose it is', async () => {
  const fleet = await fleets.withTwoCustomers();
  await putAccount(fleet, { path: `${path}/999900001111` });
  const token = await tokenOf(fleet, `${path}?pageSize=1`);

  await expectTokenRefused(fleet, `${otherPath}/accounts?pageToken=${token}`);

  expect(await idsOf(fleet, `${path}?pageToken=${token}&pageSize=7`)).toEqual(['999900001111']);
});

it('refuses a token of another list of the same customer', async () => {
  const fleet = await fleets.withTwoCustomers();
  await putAccount(fleet, { path: `${path}/999900001111` });
  const token = await tokenOf(fleet, `${path}?pageSize=1`);

  await expectTokenRefused(fleet, `${customerPath}/clusters?pageToken=${token}`);
});
