import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, etagOf, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('deletes nothing but what was read', async () => {
  const fleet = await fleets.empty();
  const etag = await etagOf(putCustomer(fleet));
  await putCustomer(fleet, 'acme', { branch: 'b' });

  const answer = fleet.call('DELETE', customerPath, { headers: { 'if-match': etag } });

  await expectProblem(answer, { status: 412, code: 'precondition-failed' });
  expect(await fleet.registry.getCustomer('acme')).toBeDefined();
});

it('deletes nothing under If-None-Match: *', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  const answer = fleet.call('DELETE', customerPath, { headers: { 'if-none-match': '*' } });

  await expectProblem(answer, { status: 412, code: 'precondition-failed' });
  expect(await fleet.registry.getCustomer('acme')).toBeDefined();
});
