import { expect, it } from 'vitest';
import { operationInState } from '../../support/operations.ts';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, beforeNext, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('keeps a cluster whose account went while it was made, where an operation has it already', async () => {
  const fleet = await fleets.withTwoCustomers();
  const operation = operationInState('RUNNING');
  const { id: operationId, customer, cluster } = operation;
  beforeNext(fleet, 'putCluster', async () => {
    expect((await fleet.call('DELETE', accountPath)).status).toBe(204);
    await fleet.operations.putIfAbsent(operation);
    await fleet.registry.claim({ customer, cluster, operationId });
  });

  const answer = await putCluster(fleet);

  await expectProblem(answer, { status: 409, code: 'operation-in-progress' });
  expect(answer.headers.get('location')).toContain(operationId);
  expect(await fleet.registry.getCluster('acme', 'production')).toBeDefined();
});
