import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { grantPath, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each([
  ['the customer', async () => fleets.empty()],
  [
    'the grant',
    async () => {
      const fleet = await fleets.empty();
      await putCustomer(fleet);
      await putAccount(fleet);
      return fleet;
    },
  ],
])('refuses where %s is not there, and asks nobody', async (_, given) => {
  const fleet = await given();

  await expectProblem(fleet.call('POST', `${grantPath}/verify`), { status: 404, code: 'not-found' });

  expect([...fleet.faults.ecr.calls, ...fleet.faults.iam.calls]).toEqual([]);
});
