import { expect, it } from 'vitest';
import { customerSpec } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, etagOf, putCustomer, runToEnd, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('replaces the spec: another ETag, the same ExternalId and creation', async () => {
  const fleet = await fleets.empty();
  const etag = await etagOf(putCustomer(fleet));
  const before = await fleet.registry.getCustomer('acme');
  fleet.clock.advance(1000);

  const changed = await putCustomer(fleet, 'acme', { branch: 'production' });

  expect(changed.status).toBe(200);
  expect(changed.headers.get('location')).toBeNull();
  expect(changed.headers.get('etag')).not.toBe(etag);
  const after = await fleet.registry.getCustomer('acme');
  expect(after).toMatchObject({ version: 2, externalId: before?.externalId, createdAt: before?.createdAt });
  expect(after?.updatedAt).toBe(fleet.clock.now().toISOString());
});

it('replaces what was read under If-Match, and whatever is there under If-Match: *', async () => {
  const fleet = await fleets.empty();
  const etag = await etagOf(putCustomer(fleet));

  expect((await putCustomer(fleet, 'acme', { branch: 'b', headers: { 'if-match': etag } })).status).toBe(200);
  expect((await putCustomer(fleet, 'acme', { branch: 'd', headers: { 'if-match': '*' } })).status).toBe(200);
});

it('tells what it was before and after', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  await putCustomer(fleet, 'acme', { displayName: 'Acme Ltd' });

  const [event] = await eventsOf(fleet);
  expect(event).toMatchObject({ type: 'customer.updated', before: customerSpec });
  expect(event?.after).toEqual({ ...customerSpec, displayName: 'Acme Ltd' });
});

it('frees the repository that was changed for others, and takes the new one', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  expect((await putCustomer(fleet, 'acme', { name: 'new' })).status).toBe(200);

  expect((await putCustomer(fleet, 'other')).status).toBe(201);
  await expectProblem(putCustomer(fleet, 'third', { name: 'new' }), { status: 409, code: 'repository-taken' });
});

it('changes everything but the repository while an operation works with it, and the repository after its end', async () => {
  const { fleet, id } = await fleets.operating();

  expect((await fleet.call('PUT', customerPath, { body: { ...customerSpec, displayName: 'Acme Ltd' } })).status).toBe(
    200,
  );
  await runToEnd(fleet, id, 'FAILED');

  expect((await putCustomer(fleet, 'acme', { name: 'new' })).status).toBe(200);
});
