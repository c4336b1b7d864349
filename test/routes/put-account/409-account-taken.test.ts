import { expect, it } from 'vitest';
import { account } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, otherPath, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const taken = { status: 409, code: 'account-taken' };
const theirs = { path: `${otherPath}/accounts/${account}` };

it('gives an AWS account one customer in the whole fleet, and does not say which', async () => {
  const fleet = await fleets.withTwoCustomers();

  const problem = await expectProblem(putAccount(fleet, theirs), taken);

  expect(problem['errors']).toMatchObject([{ parameter: 'account' }]);
  expect(JSON.stringify(problem)).not.toContain('acme');
  await expectProblem(fleet.call('GET', theirs.path), { status: 404, code: 'not-found' });
  expect((await putAccount(fleet, { alias: 'other' })).status).toBe(200);
});

it('gives it to one of many that ask for it at once', async () => {
  const fleet = await fleets.empty();
  const customers = Array.from({ length: 6 }, (_, n) => `customer-${n}`);
  for (const name of customers) await putCustomer(fleet, name, { name });

  const answers = await Promise.all(
    customers.map((name) => putAccount(fleet, { path: `/v1/customers/${name}/accounts/${account}` })),
  );

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
});

it('gives it to another customer five minutes after a request that died', async () => {
  const fleet = await fleets.withTwoCustomers();
  fleet.faults.registry.fail('freeUnique', { when: 'before', error: new Error('died'), times: 1 });
  await fleet.call('DELETE', accountPath);

  await expectProblem(putAccount(fleet, theirs), taken);
  fleet.clock.advance(5 * 60_000);

  expect((await putAccount(fleet, theirs)).status).toBe(201);
});

it('leaves it to its customer, however long ago it was taken', async () => {
  const fleet = await fleets.withTwoCustomers();
  fleet.clock.advance(24 * 60 * 60_000);

  await expectProblem(putAccount(fleet, theirs), taken);
});
