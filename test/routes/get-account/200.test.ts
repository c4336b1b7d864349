import { expect, it } from 'vitest';
import { account } from '../../support/fleet.ts';
import {
  accountPath,
  etagOf,
  otherAccountPath,
  putAccount,
  putCustomer,
  useFleets,
} from '../../support/route-fleet.ts';

const fleets = useFleets();

it('shows what its owner needs to let us in, and the ETag that PUT gave', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  const etag = await etagOf(putAccount(fleet));

  const answer = await fleet.call('GET', accountPath);

  expect([answer.status, answer.headers.get('etag')]).toEqual([200, etag]);
  expect(await answer.json()).toEqual({
    id: account,
    spec: { alias: 'production' },
    status: {
      externalId: (await fleet.registry.getCustomer('acme'))?.externalId,
      roleArn: `arn:aws:iam::${account}:role/fleet-api`,
      trustedPrincipalArn: 'arn:aws:iam::999988887777:role/fleet-api',
    },
    createdAt: fleet.clock.now().toISOString(),
    updatedAt: fleet.clock.now().toISOString(),
  });
});

it('shows each customer an ExternalId of its own', async () => {
  const fleet = await fleets.withTwoCustomers();

  const bodies = await Promise.all(
    [accountPath, otherAccountPath].map(async (path) => {
      const answer = await fleet.call('GET', path);
      return (await answer.json()) as { readonly status: { readonly externalId: string } };
    }),
  );

  expect(bodies[0]?.status.externalId).toBe((await fleet.registry.getCustomer('acme'))?.externalId);
  expect(bodies[1]?.status.externalId).toBe((await fleet.registry.getCustomer('other'))?.externalId);
  expect(bodies[0]?.status.externalId).not.toBe(bodies[1]?.status.externalId);
});
