import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { historyPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each(['', '?repository=', '?repository=Team/Api', '?repository=team//api', '?repository=a&repository=b'])(
  'needs the name of one repository: "%s"',
  async (query) => {
    const fleet = await fleets.registered();

    const answer = fleet.call('GET', `${historyPath}${query}`);

    const problem = await expectProblem(answer, { status: 400, code: 'invalid-request' });
    expect(problem['errors']).toContainEqual(expect.objectContaining({ parameter: 'repository' }));
  },
);
