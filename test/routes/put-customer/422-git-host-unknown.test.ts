import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('takes repositories at Git hosts that are configured, and names those', async () => {
  const fleet = await fleets.empty();

  const problem = await expectProblem(putCustomer(fleet, 'acme', { host: 'git.unknown' }), {
    status: 422,
    code: 'git-host-unknown',
  });

  expect(problem['errors']).toMatchObject([{ pointer: '/repository/host' }]);
  expect(problem['detail']).toContain('git.example');
  expect(fleet.table.allItems()).toEqual([]);
});
