import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each<[string, object]>([
  ['another body', { replace: true }],
  ['another spec', {}],
])('says which operation runs, with its Location, for %s', async (what, body) => {
  const { fleet, id, path } = await fleets.operating();
  if (what === 'another spec') await putCluster(fleet, { flux: { version: '2.9.3' } });

  const answer = await fleet.call('POST', `${clusterPath}/bootstrap`, { body });

  expect(answer.headers.get('location')).toBe(`/prod${path}`);
  const problem = await expectProblem(answer, { status: 409, code: 'operation-in-progress' });
  expect(problem['detail']).toContain(id);
  expect(fleet.engine.started.size).toBe(1);
});

it('leaves what runs alone, and nothing open of its own', async () => {
  const { fleet, id } = await fleets.operating();

  await fleet.call('POST', `${clusterPath}/bootstrap`, { body: { replace: true } });

  expect(await fleet.operations.listOpen(10)).toEqual([id]);
  expect(await fleet.registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: id });
});

it('joins none that is being cancelled', async () => {
  const { fleet, id, path } = await fleets.operating();
  await fleet.call('POST', `${path}/cancel`);

  const answer = await fleet.call('POST', `${clusterPath}/bootstrap`);

  expect(answer.headers.get('location')).toBe(`/prod${path}`);
  const problem = await expectProblem(answer, { status: 409, code: 'operation-in-progress' });
  expect(problem['detail']).toContain(`${id} is working on this cluster and is being cancelled.`);
  expect(await fleet.operations.listOpen(10)).toEqual([id]);
});
