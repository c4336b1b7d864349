import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each(['', '?abandon=true'])(
  'keeps a cluster that an operation works on, and says which: DELETE%s',
  async (query) => {
    const { fleet, id, path } = await fleets.operating();

    const answer = await fleet.call('DELETE', `${clusterPath}${query}`);

    expect(answer.headers.get('location')).toBe(`/prod${path}`);
    const problem = await expectProblem(answer, { status: 409, code: 'operation-in-progress' });
    expect(problem['detail']).toContain(id);
    expect((await fleet.call('GET', clusterPath)).status).toBe(200);
  },
);

it('forgets it when that operation has ended, though it could not free its cluster any more', async () => {
  const { fleet, id } = await fleets.operating();
  const at = fleet.clock.now().toISOString();
  await fleet.operations.markRunning(id, at);
  await fleet.operations.end(id, ['RUNNING'], { state: 'SUCCEEDED', at });

  expect((await fleet.call('DELETE', clusterPath)).status).toBe(204);

  expect(await fleet.operations.listOpen(10)).toEqual([]);
});
