import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { otherPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('cancels no operation that never was', async () => {
  const { fleet } = await fleets.operating();

  await expectProblem(fleet.call('POST', '/v1/customers/acme/operations/op-unknown/cancel'), missing);
});

it("cancels no other customer's operation", async () => {
  const { fleet, id } = await fleets.operating();
  await putCustomer(fleet, 'other', { name: 'other' });

  await expectProblem(fleet.call('POST', `${otherPath}/operations/${id}/cancel`), missing);

  expect(await fleet.operations.get(id)).toMatchObject({ state: 'PENDING' });
});
