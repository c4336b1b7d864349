import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { historyPath, keptPolicy, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const invalid = { status: 400, code: 'invalid-request' };

it('needs the name of the repository', async () => {
  const fleet = await fleets.registered();

  const problem = await expectProblem(fleet.call('POST', `${historyPath}/${keptPolicy.id}/restore`), invalid);

  expect(problem['errors']).toMatchObject([{ parameter: 'repository', detail: 'is required' }]);
});

it('takes no body: what is to be restored is kept already', async () => {
  const fleet = await fleets.registered();
  const path = `${historyPath}/${keptPolicy.id}/restore?repository=team/api`;

  await expectProblem(fleet.call('POST', path, { body: { policy: {} } }), invalid);

  expect(await fleet.operations.listOpen(10)).toEqual([]);
});
