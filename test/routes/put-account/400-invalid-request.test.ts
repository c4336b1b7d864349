import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, putAccount, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const invalid = { status: 400, code: 'invalid-request' };

it.each(['1234', 'abcdefghijkl', '1111222233334'])('takes an id of twelve digits, not %s', async (id) => {
  const fleet = await fleets.empty();

  const problem = await expectProblem(putAccount(fleet, { path: `${customerPath}/accounts/${id}` }), invalid);

  expect(problem['errors']).toMatchObject([{ parameter: 'account' }]);
});

it.each(['', '   ', 'x'.repeat(64), 7, null])('takes an alias, not %o', async (alias) => {
  const fleet = await fleets.withTwoCustomers();

  const problem = await expectProblem(putAccount(fleet, { alias }), invalid);

  expect(problem['errors']).toMatchObject([{ pointer: '/alias' }]);
});

it('takes no body without an alias', async () => {
  const fleet = await fleets.withTwoCustomers();

  const problem = await expectProblem(
    fleet.call('PUT', `${customerPath}/accounts/111122223333`, { body: {} }),
    invalid,
  );

  expect(problem['errors']).toEqual([{ pointer: '/alias', detail: 'is required' }]);
});
