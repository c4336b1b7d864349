import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, historyPath, keepPolicy, keptPolicy, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('restores one policy of a registry at a time, and says which operation runs', async () => {
  const fleet = await fleets.registered();
  await keepPolicy(fleet);
  await keepPolicy(fleet, { repository: 'team/web' });
  const path = `${historyPath}/${keptPolicy.id}/restore?repository=team`;
  const { id } = await operationOf(await fleet.call('POST', `${path}/api`));

  const answer = await fleet.call('POST', `${path}/web`);

  expect(answer.headers.get('location')).toBe(`/prod${customerPath}/operations/${id}`);
  const problem = await expectProblem(answer, { status: 409, code: 'operation-in-progress' });
  expect(problem['detail']).toContain('this registry');
  expect(await fleet.operations.listOpen(10)).toEqual([id]);
});
