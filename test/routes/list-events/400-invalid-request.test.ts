import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each([
  ['type=cluster.renamed', 'type'],
  ['since=yesterday', 'since'],
  ['since=2027-01-01', 'since'],
  ['until=2027-13-01T00:00:00Z', 'until'],
  ['caller=', 'caller'],
])('refuses %s and names the parameter', async (query, parameter) => {
  const fleet = await fleets.empty();

  const problem = await expectProblem(fleet.call('GET', `${customerPath}/events?${query}`), {
    status: 400,
    code: 'invalid-request',
  });

  expect(problem['errors']).toMatchObject([{ parameter }]);
});
