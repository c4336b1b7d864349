import { expect, it } from 'vitest';
import { eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, beforeNext, holdUntil, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('writes nothing over what somebody else wrote since', async () => {
  const fleet = await fleets.withTwoCustomers();
  beforeNext(fleet, 'putAccount', () => putAccount(fleet, { alias: 'theirs' }));

  await expectProblem(putAccount(fleet, { alias: 'mine' }), { status: 409, code: 'conflict' });

  expect(await (await fleet.call('GET', accountPath)).json()).toMatchObject({ spec: { alias: 'theirs' } });
  expect(await eventTypesOf(fleet)).toEqual(['account.updated', 'account.created', 'customer.created']);
});

it('lets one of two creations at the same moment through', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  holdUntil(fleet, 'putAccount', 2);

  const answers = await Promise.all(['a', 'b'].map((alias) => putAccount(fleet, { alias })));

  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
});
