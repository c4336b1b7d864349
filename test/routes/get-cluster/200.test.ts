import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { bootstrapEngine } from '../../support/bootstrap-engine.ts';
import { Crash } from '../../support/faults.ts';
import { clusterPath, clusterSpec } from '../../support/fleet.ts';
import { etagOf, leaveSomething, putCluster, startBootstrap, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('shows the cluster as PUT answered it', async () => {
  const fleet = await fleets.withTwoCustomers();
  const created = await putCluster(fleet);

  const read = await fleet.call('GET', clusterPath);

  expect([read.status, read.headers.get('etag')]).toEqual([200, await etagOf(created)]);
  expect(await read.json()).toEqual(await created.json());
});

it('shows the operation that has it; its ETag stays, and a PUT does not take the claim away', async () => {
  const fleet = await fleets.registered();
  const etag = await etagOf(fleet.call('GET', clusterPath));
  const { id } = await startBootstrap(fleet);

  const read = await fleet.call('GET', clusterPath);

  expect(await read.json()).toMatchObject({ status: { state: 'BOOTSTRAPPING', operation: id } });
  expect(read.headers.get('etag')).toBe(etag);
  expect((await putCluster(fleet, { environment: 'a' })).status).toBe(200);
  expect(await fleet.registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: id });
});

it('shows what a bootstrap left, and which operation was the last', async () => {
  const fleet = await fleets.registered();
  const engine = await bootstrapEngine(fleet);
  const operation = await engine.bootstrap();

  const { status, spec } = await resourceOf(await fleet.call('GET', clusterPath));

  expect(status).toMatchObject({
    state: 'BOOTSTRAPPED',
    lastOperation: { id: operation.id, kind: 'bootstrap-cluster', state: 'SUCCEEDED', endedAt: operation.endedAt },
    bootstrap: { operationId: operation.id, fluxVersion: '2.9.2' },
    leavings: ['access-entry', 'deploy-key', 'flux', 'repository-files'],
  });
  expect(status).not.toHaveProperty('operation');
  expect(spec).toEqual(clusterSpec);
});

it('shows that the last operation failed', async () => {
  const fleet = await fleets.registered();
  await leaveSomething(fleet, { state: 'FAILED', leavings: ['flux'] });

  const { status } = await resourceOf(await fleet.call('GET', clusterPath));

  expect(status).toMatchObject({ state: 'FAILED', lastOperation: { id: 'op-before' }, leavings: ['flux'] });
});

it('shows DELETING when a DELETE was cut short', async () => {
  const fleet = await fleets.registered();
  fleet.faults.registry.fail('deleteCluster', { when: 'before', error: new Crash('deleteCluster') });
  await fleet.call('DELETE', clusterPath);

  const { status } = await resourceOf(await fleet.call('GET', clusterPath));

  expect(status).toMatchObject({ state: 'DELETING' });
});
