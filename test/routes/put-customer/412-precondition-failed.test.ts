import { expect, it } from 'vitest';
import { customerSpec } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { etagOf, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const failed = { status: 412, code: 'precondition-failed' };

it('never replaces under If-None-Match: *, not even with the same body', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  await expectProblem(putCustomer(fleet, 'acme', { branch: 'b', headers: { 'if-none-match': '*' } }), failed);
  await expectProblem(putCustomer(fleet, 'acme', { headers: { 'if-none-match': '*' } }), failed);

  expect((await fleet.registry.getCustomer('acme'))?.spec).toEqual(customerSpec);
});

it('never creates under If-Match', async () => {
  const fleet = await fleets.empty();

  await expectProblem(putCustomer(fleet, 'acme', { headers: { 'if-match': '*' } }), failed);

  expect(await fleet.registry.getCustomer('acme')).toBeUndefined();
});

it('replaces nothing but what was read', async () => {
  const fleet = await fleets.empty();
  const etag = await etagOf(putCustomer(fleet));
  await putCustomer(fleet, 'acme', { branch: 'b' });

  await expectProblem(putCustomer(fleet, 'acme', { branch: 'c', headers: { 'if-match': etag } }), failed);

  expect((await fleet.registry.getCustomer('acme'))?.spec.repository.branch).toBe('b');
});

it('compares entity tags strongly', async () => {
  const fleet = await fleets.empty();
  const etag = await etagOf(putCustomer(fleet));

  await expectProblem(putCustomer(fleet, 'acme', { branch: 'b', headers: { 'if-match': `W/${etag}` } }), failed);
});
