import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, beforeNext, putAccount, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('keeps an account that was changed at the same moment', async () => {
  const fleet = await fleets.withTwoCustomers();
  beforeNext(fleet, 'deleteAccount', () => putAccount(fleet, { alias: 'live' }));

  await expectProblem(fleet.call('DELETE', accountPath), { status: 409, code: 'conflict' });

  expect(await (await fleet.call('GET', accountPath)).json()).toMatchObject({ spec: { alias: 'live' } });
});
