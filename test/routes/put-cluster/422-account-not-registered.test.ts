import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import {
  accountPath,
  beforeNext,
  customerPath,
  otherPath,
  putAccount,
  putCluster,
  useFleets,
} from '../../support/route-fleet.ts';

const fleets = useFleets();
const notRegistered = { status: 422, code: 'account-not-registered' };

it('makes no cluster in an account that the customer has not registered, and says how to', async () => {
  const fleet = await fleets.withTwoCustomers();

  const problem = await expectProblem(putCluster(fleet, { accountId: '999900001111' }), notRegistered);

  expect(problem['errors']).toMatchObject([{ pointer: '/accountId' }]);
  expect(problem['detail']).toContain(`PUT ${customerPath}/accounts/999900001111`);
});

it("makes no cluster in another customer's account", async () => {
  const fleet = await fleets.withTwoCustomers();
  await putAccount(fleet, { path: `${customerPath}/accounts/999900001111` });

  const answer = putCluster(fleet, { accountId: '999900001111' }, { path: `${otherPath}/clusters/a` });

  await expectProblem(answer, notRegistered);
});

it('leaves no cluster in an account that is deleted while it is made, and its name is free', async () => {
  const fleet = await fleets.withTwoCustomers();
  beforeNext(fleet, 'putCluster', async () => {
    expect((await fleet.call('DELETE', accountPath)).status).toBe(204);
  });

  await expectProblem(putCluster(fleet), notRegistered);

  expect(await fleet.registry.getCluster('acme', 'production')).toBeUndefined();
  expect((await putCluster(fleet, {}, { path: `${otherPath}/clusters/theirs` })).status).toBe(201);
});
