import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { Crash } from '../../support/faults.ts';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('begins nothing on a cluster whose DELETE was cut short, and says how to go on', async () => {
  const fleet = await fleets.registered();
  fleet.faults.registry.fail('deleteCluster', { when: 'before', error: new Crash('deleteCluster') });
  await fleet.call('DELETE', clusterPath);

  const answer = fleet.call('POST', `${clusterPath}/bootstrap`);

  const problem = await expectProblem(answer, { status: 409, code: 'conflict' });
  expect(problem['detail']).toMatch(/Repeat the DELETE, or PUT/);
  expect(await fleet.operations.listOpen(10)).toEqual([]);
});

it('begins on a cluster that was declared again while a DELETE died that could not take back what it had begun', async () => {
  const fleet = await fleets.registered();
  await putCluster(fleet, { labels: { tier: 'gold' } });
  await fleet.registry.retire({ customer: 'acme', cluster: 'production', abandon: false, version: 1 });
  expect(await (await fleet.call('GET', clusterPath)).json()).toMatchObject({ status: { state: 'REGISTERED' } });

  const answer = await fleet.call('POST', `${clusterPath}/bootstrap`);

  expect(answer.status).toBe(202);
  const { id } = await operationOf(answer);
  expect(await fleet.registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: id, isRetired: false });
});
