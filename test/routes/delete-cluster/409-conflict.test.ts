import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { beforeNext, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('keeps a cluster that was declared anew at the same moment, whole', async () => {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);
  beforeNext(fleet, 'deleteCluster', () => putCluster(fleet, { environment: 'a' }));

  await expectProblem(fleet.call('DELETE', clusterPath), { status: 409, code: 'conflict' });

  const { spec, status } = await resourceOf(await fleet.call('GET', clusterPath));
  expect(spec).toMatchObject({ environment: 'a' });
  expect(status).toMatchObject({ state: 'REGISTERED' });
  expect((await putCluster(fleet, {}, { path: `${clusterPath}-2` })).status).toBe(409);
  expect((await fleet.call('POST', `${clusterPath}/bootstrap`)).status).toBe(202);
});

it('keeps a cluster whose change was under way when it began', async () => {
  const fleet = await fleets.registered();
  const [retired, changed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let deletion: Promise<Response> | undefined;
  fleet.faults.registry.onCall('deleteCluster', async () => {
    retired.resolve();
    await changed.promise;
  });
  beforeNext(fleet, 'putCluster', async () => {
    deletion = fleet.call('DELETE', clusterPath);
    await retired.promise;
  });

  expect((await putCluster(fleet, { environment: 'a' })).status).toBe(200);
  changed.resolve();
  const answer = await deletion;

  expect(answer?.status).toBe(409);
  expect((await resourceOf(await fleet.call('GET', clusterPath))).status).toMatchObject({ state: 'REGISTERED' });
  expect((await fleet.call('POST', `${clusterPath}/bootstrap`)).status).toBe(202);
});
