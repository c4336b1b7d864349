import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { moveToUnknownHost, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('plans nothing at a Git host that is no longer configured', async () => {
  const fleet = await fleets.registered();
  await moveToUnknownHost(fleet);

  const problem = await expectProblem(fleet.call('POST', `${clusterPath}/plan`), {
    status: 422,
    code: 'git-host-unknown',
  });

  expect(problem['detail']).toContain('git.gone');
  expect(fleet.faults.eks.calls).toEqual([]);
});
