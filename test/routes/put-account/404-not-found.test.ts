import { expect, it } from 'vitest';
import { account } from '../../support/fleet.ts';
import { eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { beforeNext, customerPath, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('makes no account of a customer that is not registered', async () => {
  const fleet = await fleets.empty();

  await expectProblem(putAccount(fleet, { path: `/v1/customers/nobody/accounts/${account}` }), missing);

  expect(fleet.table.allItems()).toEqual([]);
});

it('leaves no account of a customer that is deleted while it is made', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  beforeNext(fleet, 'putAccount', async () => {
    expect((await fleet.call('DELETE', customerPath)).status).toBe(204);
  });

  await expectProblem(putAccount(fleet), missing);

  expect((await fleet.registry.read({ customer: 'acme', accountId: account })).account.record).toBeUndefined();
  expect((await eventTypesOf(fleet)).toSorted()).toEqual([
    ...['account.created', 'account.deleted', 'customer.created', 'customer.deleted'],
  ]);
  await putCustomer(fleet);
  expect((await putAccount(fleet)).status).toBe(201);
});
