import { describe, expect, it } from 'vitest';
import { Crash } from '../support/faults.ts';
import { type FleetTable } from '../../src/adapters/fleet-table.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { clusterPath, makeFleet } from '../support/fleet.ts';
import { expectProblem } from '../support/problems.ts';
import { putCluster, registerTwoCustomers } from '../support/route-fleet.ts';

const second = '/v1/customers/acme/clusters/second';

async function given(table?: FleetTable) {
  const fleet = makeFleet(table ?? createMemoryTable());
  await registerTwoCustomers(fleet);
  return fleet;
}

describe('an EKS cluster', () => {
  it.each(['createRuntime', 'putCluster'] as const)(
    'whose request died at %s is registered by the same request again',
    async (method) => {
      const fleet = await given();
      fleet.faults.registry.fail(method, { when: 'before', error: new Crash(method) });
      expect((await putCluster(fleet)).status).toBe(500);

      expect((await putCluster(fleet)).status).toBe(201);
      expect(await fleet.registry.claim({ customer: 'acme', cluster: 'production', operationId: 'op-1' })).toEqual({
        kind: 'claimed',
      });
    },
  );

  it('whose name was taken by a request that died is free for another id after five minutes', async () => {
    const fleet = await given();
    fleet.faults.registry.fail('putCluster', { when: 'before', error: new Crash('putCluster') });
    expect((await putCluster(fleet)).status).toBe(500);

    await expectProblem(putCluster(fleet, {}, { path: second }), { status: 409, code: 'cluster-taken' });
    fleet.clock.advance(5 * 60_000);
    expect((await putCluster(fleet, {}, { path: second })).status).toBe(201);
  });

  it('whose DELETE died before its name was free is free for another id after five minutes', async () => {
    const fleet = await given();
    await putCluster(fleet);
    fleet.faults.registry.fail('freeUnique', { when: 'before', error: new Crash('freeUnique') });
    expect((await fleet.call('DELETE', clusterPath)).status).toBe(500);

    await expectProblem(putCluster(fleet, {}, { path: second }), { status: 409, code: 'cluster-taken' });
    fleet.clock.advance(5 * 60_000);
    expect((await putCluster(fleet, {}, { path: second })).status).toBe(201);
  });

  it('can be claimed whenever it can be seen', async () => {
    const fleet = await given();
    let runtime: unknown;
    fleet.faults.registry.onCall('putCluster', async () => {
      runtime = await fleet.registry.getRuntime('acme', 'production');
    });

    await putCluster(fleet);

    expect(runtime).toEqual({
      customer: 'acme',
      cluster: 'production',
      leavings: [],
      repositories: [],
      isRetired: false,
    });
  });

  it('is registered, changed and forgotten all the same when answers of the store are lost', async () => {
    const fleet = await given(losingAnswers(createMemoryTable()));

    expect((await putCluster(fleet)).status).toBe(201);
    expect((await putCluster(fleet, { environment: 'a' })).status).toBe(200);
    expect((await fleet.call('DELETE', clusterPath)).status).toBe(204);
    expect((await putCluster(fleet, {}, { path: second })).status).toBe(201);
  });
});
