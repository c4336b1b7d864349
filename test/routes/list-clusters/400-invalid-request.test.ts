import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each<[string, string]>([
  ['status=ASLEEP', 'status'],
  ['accountId=1', 'accountId'],
  ['label=gold', 'label'],
  ['label=a=b&label=gold', 'label'],
  ['environment=', 'environment'],
  ['region=a&region=b', 'region'],
])('refuses %s and names the parameter', async (query, parameter) => {
  const fleet = await fleets.empty();

  const problem = await expectProblem(fleet.call('GET', `${customerPath}/clusters?${query}`), {
    status: 400,
    code: 'invalid-request',
  });

  expect(problem['errors']).toMatchObject([{ parameter }]);
  expect(fleet.faults.registry.calls).toEqual([]);
});
