import { expect, it } from 'vitest';
import { expectTokenRefused, idsOf, tokenOf } from '../../support/lists.ts';
import { customerPath, otherPath, putCluster, startBootstrap, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${customerPath}/operations`;

async function given() {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);
  await putCluster(fleet, { eksName: 'b' }, { path: `${customerPath}/clusters/b` });
  const first = await startBootstrap(fleet);
  await startBootstrap(fleet, { path: `${customerPath}/clusters/b` });
  return { fleet, first: first.id };
}

it('refuses a token with other filters, and takes it with the same ones', async () => {
  const { fleet, first } = await given();
  const token = await tokenOf(fleet, `${path}?pageSize=1&state=PENDING`);

  await expectTokenRefused(fleet, `${path}?pageToken=${token}`);
  await expectTokenRefused(fleet, `${path}?pageToken=${token}&state=FAILED`);

  expect(await idsOf(fleet, `${path}?pageToken=${token}&state=PENDING`)).toEqual([first]);
});

it('refuses a token of another customer, and of the whole fleet', async () => {
  const { fleet } = await given();

  await expectTokenRefused(fleet, `${otherPath}/operations?pageToken=${await tokenOf(fleet, `${path}?pageSize=1`)}`);
  await expectTokenRefused(fleet, `${path}?pageToken=${await tokenOf(fleet, '/v1/operations?pageSize=1')}`);
});
