import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { Crash } from '../../support/faults.ts';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function halfDeleted() {
  const fleet = await fleets.registered();
  fleet.faults.registry.fail('deleteCluster', { when: 'before', error: new Crash('deleteCluster') });
  expect((await fleet.call('DELETE', clusterPath)).status).toBe(500);
  return fleet;
}

it.each<[string, object]>([
  ['the same spec', {}],
  ['another spec', { environment: 'a' }],
])('takes back a cluster that is half deleted, with %s', async (_, spec) => {
  const fleet = await halfDeleted();
  await expectProblem(fleet.call('POST', `${clusterPath}/bootstrap`), { status: 409, code: 'conflict' });

  const answer = await putCluster(fleet, spec);

  expect(answer.status).toBe(200);
  expect((await resourceOf(answer)).status).toMatchObject({ state: 'REGISTERED' });
  expect((await resourceOf(await fleet.call('GET', clusterPath))).status).toMatchObject({ state: 'REGISTERED' });
  expect((await fleet.call('POST', `${clusterPath}/bootstrap`)).status).toBe(202);
});

it('wins over a DELETE that goes on at the same moment', async () => {
  const fleet = await halfDeleted();
  fleet.faults.registry.onCall('deleteCluster', async () => {
    expect((await putCluster(fleet)).status).toBe(200);
  });

  await expectProblem(fleet.call('DELETE', clusterPath), { status: 409, code: 'conflict' });

  expect((await resourceOf(await fleet.call('GET', clusterPath))).status).toMatchObject({ state: 'REGISTERED' });
});
