import { expect, it } from 'vitest';
import { eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { beforeNext, customerPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('keeps a customer that was changed at the same moment, and its repository', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  beforeNext(fleet, 'deleteCustomer', () => putCustomer(fleet, 'acme', { displayName: 'Acme Ltd' }));

  await expectProblem(fleet.call('DELETE', customerPath), { status: 409, code: 'conflict' });

  expect((await fleet.registry.getCustomer('acme'))?.spec).toMatchObject({ displayName: 'Acme Ltd' });
  await expectProblem(putCustomer(fleet, 'other'), { status: 409, code: 'repository-taken' });
  expect(await eventTypesOf(fleet)).toEqual(['customer.updated', 'customer.created']);
});
