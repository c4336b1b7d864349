import { expect, it } from 'vitest';
import { expectTokenRefused, idsOf, tokenOf } from '../../support/lists.ts';
import { customerPath, otherPath, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${customerPath}/clusters`;

async function given() {
  const fleet = await fleets.withTwoCustomers();
  for (const id of ['a', 'b']) await putCluster(fleet, { eksName: id }, { path: `${path}/${id}` });
  return { fleet, token: await tokenOf(fleet, `${path}?pageSize=1&region=eu-west-1`) };
}

it('refuses a token with other filters, and takes it with the same ones and another page size', async () => {
  const { fleet, token } = await given();

  await expectTokenRefused(fleet, `${path}?pageToken=${token}`);
  await expectTokenRefused(fleet, `${path}?pageToken=${token}&region=eu-central-1`);
  await expectTokenRefused(fleet, `${path}?pageToken=${token}&region=eu-west-1&environment=a`);

  expect(await idsOf(fleet, `${path}?region=eu-west-1&pageToken=${token}&pageSize=9`)).toEqual(['b']);
});

it('refuses a token of another customer, and of the whole fleet', async () => {
  const { fleet, token } = await given();
  const ofFleet = await tokenOf(fleet, '/v1/clusters?pageSize=1&region=eu-west-1');

  await expectTokenRefused(fleet, `${otherPath}/clusters?pageToken=${token}&region=eu-west-1`);
  await expectTokenRefused(fleet, `${path}?pageToken=${ofFleet}&region=eu-west-1`);
});

it.each([['[]'], ['{}'], ['["x","a"]'], ['[1,2]'], ['null'], ['"text"']])(
  'refuses a token that says %s',
  async (text) => {
    const { fleet } = await given();

    await expectTokenRefused(fleet, `${path}?pageToken=${Buffer.from(text).toString('base64url')}`);
  },
);

it('refuses a token whose position is none', async () => {
  const { fleet, token } = await given();
  const [binding] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [string, string];

  for (const position of ['', '\u0000', 'x'.repeat(513), 7, null]) {
    const forged = Buffer.from(JSON.stringify([binding, position])).toString('base64url');
    await expectTokenRefused(fleet, `${path}?pageToken=${forged}&region=eu-west-1`);
  }
});
