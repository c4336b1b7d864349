import { expect, it } from 'vitest';
import { eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('deletes no customer that was never registered, and writes nothing', async () => {
  const fleet = await fleets.empty();

  await expectProblem(fleet.call('DELETE', customerPath), missing);

  expect(fleet.table.allItems()).toEqual([]);
});

it('deletes a customer once', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  fleet.clock.advance(1);
  await fleet.call('DELETE', customerPath);

  await expectProblem(fleet.call('DELETE', customerPath), missing);

  expect(await eventTypesOf(fleet)).toEqual(['customer.deleted', 'customer.created']);
});
