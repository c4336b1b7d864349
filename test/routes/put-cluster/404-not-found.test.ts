import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, beforeNext, customerPath, otherPath, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };

it('makes no cluster of a customer that is not registered', async () => {
  const fleet = await fleets.empty();

  await expectProblem(putCluster(fleet, {}, { path: '/v1/customers/nobody/clusters/a' }), missing);

  expect(fleet.table.allItems()).toEqual([]);
});

it('leaves no cluster of a customer that is deleted while it is made, and its name is free', async () => {
  const fleet = await fleets.withTwoCustomers();
  beforeNext(fleet, 'putCluster', async () => {
    for (const path of [accountPath, customerPath]) expect((await fleet.call('DELETE', path)).status).toBe(204);
  });

  await expectProblem(putCluster(fleet), missing);

  expect(await fleet.registry.getCluster('acme', 'production')).toBeUndefined();
  expect(await eventTypesOf(fleet)).toEqual(expect.arrayContaining(['cluster.created', 'cluster.deleted']));
  await expectProblem(fleet.call('GET', clusterPath), missing);
  expect((await putCluster(fleet, {}, { path: `${otherPath}/clusters/theirs` })).status).toBe(201);
});
