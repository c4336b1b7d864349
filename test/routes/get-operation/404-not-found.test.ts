import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { otherPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('finds no operation that never was', async () => {
  const { fleet } = await fleets.operating();

  await expectProblem(fleet.call('GET', '/v1/customers/acme/operations/op-unknown'), missing);
});

it("finds no other customer's operation, and does not wait for it", async () => {
  const { fleet, id } = await fleets.operating();
  await putCustomer(fleet, 'other', { name: 'other' });

  const answer = fleet.call('GET', `${otherPath}/operations/${id}`, { headers: { prefer: 'wait=25' } });

  await expectProblem(answer, missing);
});
