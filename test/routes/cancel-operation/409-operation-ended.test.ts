import { expect, it } from 'vitest';
import { eventTypesOf } from '../../support/lists.ts';
import { setState } from '../../support/operations.ts';
import { expectProblem } from '../../support/problems.ts';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each(['SUCCEEDED', 'FAILED', 'REJECTED'] as const)('leaves an operation that is %s as it is', async (state) => {
  const { fleet, id, path } = await fleets.operating();
  await setState(fleet.table, id, state);
  const before = await fleet.operations.get(id);

  const answer = await fleet.call('POST', `${path}/cancel`);

  expect(answer.headers.get('location')).toBe(`/prod${path}`);
  const problem = await expectProblem(answer, { status: 409, code: 'operation-ended' });
  expect(problem['detail']).toContain(state);
  expect(await fleet.operations.get(id)).toEqual(before);
  expect(await eventTypesOf(fleet, '?type=operation.cancel-requested')).toEqual([]);
});
