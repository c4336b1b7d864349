import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { customerSpec } from '../../support/fleet.ts';
import { customerPath, etagOf, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('shows the spec as it was written, its defaults, and the ETag that PUT gave', async () => {
  const fleet = await fleets.empty();
  const etag = await etagOf(putCustomer(fleet));

  const answer = await fleet.call('GET', customerPath);

  expect(answer.status).toBe(200);
  expect(answer.headers.get('etag')).toBe(etag);
  expect(await answer.json()).toEqual({
    id: 'acme',
    spec: customerSpec,
    status: { effective: { ...customerSpec, delivery: 'auto' } },
    createdAt: fleet.clock.now().toISOString(),
    updatedAt: fleet.clock.now().toISOString(),
  });
});

it('shows the ExternalId to no one', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  const kept = await fleet.registry.getCustomer('acme');

  const text = await (await fleet.call('GET', customerPath)).text();

  expect(kept?.externalId).toBeTruthy();
  expect(text).not.toContain(kept?.externalId);
});

it('answers HEAD with the same headers and no body', async () => {
  const fleet = await fleets.empty();
  const etag = await etagOf(putCustomer(fleet));

  const answer = await fleet.call('HEAD', customerPath);

  expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([200, etag, '']);
});

it('has an ETag of its own for each spec, the same again for the same spec', async () => {
  const fleet = await fleets.empty();
  const first = await etagOf(putCustomer(fleet));
  const second = await etagOf(putCustomer(fleet, 'acme', { branch: 'next' }));
  const again = await putCustomer(fleet);

  expect(second).not.toBe(first);
  expect(await etagOf(again)).toBe(first);
  expect((await resourceOf(again)).spec).toEqual(customerSpec);
});
