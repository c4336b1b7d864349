import { expect, it } from 'vitest';
import type { FluxStatus } from '../../../src/flux-bootstrap/flux-status.service.ts';
import { fluxReferences } from '../../../src/flux-bootstrap/live-flux.ts';
import { bootstrapEngine } from '../../support/bootstrap-engine.ts';
import { clusterPath, type Fleet } from '../../support/fleet.ts';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function look(fleet: Fleet): Promise<FluxStatus> {
  const answer = await fleet.call('GET', `${clusterPath}/flux`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as FluxStatus;
}

async function bootstrapped() {
  const fleet = await fleets.registered();
  const operation = await (await bootstrapEngine(fleet)).bootstrap();
  expect(operation.state).toBe('SUCCEEDED');
  return { fleet, operation };
}

it('shows Flux as it lives, and what the bootstrap left', async () => {
  const { fleet, operation } = await bootstrapped();

  const status = await look(fleet);

  expect(status).toMatchObject({
    reachability: { isReachable: true },
    observedAt: fleet.clock.now().toISOString(),
    lastKnown: {
      bootstrap: { fluxVersion: '2.9.2', path: './flux/clusters/production', operationId: operation.id },
    },
    live: { isInstalled: true, source: { isReady: true }, sync: { isReady: true, isSuspended: false } },
  });
  expect(status.reachability).not.toHaveProperty('since');
  expect(status.live?.controllers).toHaveLength(4);
  expect(status.live?.controllers).toContainEqual({
    name: 'source-controller',
    image: expect.stringContaining('source-controller') as unknown,
    isAvailable: true,
  });
  expect(status.live?.sync?.revision).toMatch(/^main@sha1:[0-9a-f]{40}$/);
});

it('says of a cluster without Flux that it has none', async () => {
  const fleet = await fleets.registered();
  fleet.cluster.entries.add('arn:aws:iam::111122223333:role/fleet-api');

  const status = await look(fleet);

  expect(status).toMatchObject({
    reachability: { isReachable: true },
    live: { isInstalled: false, controllers: [] },
  });
  expect(status).not.toHaveProperty('lastKnown');
});

it('shows what the objects say when they are not ready, and what is suspended', async () => {
  const { fleet } = await bootstrapped();
  const source = fleet.kubernetes.find(fluxReferences.source);
  const conditions = [{ type: 'Ready', status: 'False', reason: 'GitOperationFailed', message: 'no route to host' }];
  fleet.kubernetes.setStatus(fluxReferences.source, { observedGeneration: source?.metadata.generation, conditions });
  const sync = fleet.kubernetes.find(fluxReferences.sync);
  if (sync) fleet.kubernetes.set({ ...sync, spec: { suspend: true } });

  expect(await look(fleet)).toMatchObject({
    live: {
      source: { isReady: false, reason: 'GitOperationFailed', message: 'no route to host' },
      sync: { isReady: false, isSuspended: true },
    },
  });
});

it('shows a controller that is missing', async () => {
  const { fleet } = await bootstrapped();
  fleet.kubernetes.remove({ kind: 'Deployment', name: 'helm-controller', namespace: 'flux-system' });

  const { live } = await look(fleet);

  expect(live?.controllers).toContainEqual({ name: 'helm-controller', isAvailable: false });
});

it('changes nothing in the cluster, and closes what it opened', async () => {
  const { fleet } = await bootstrapped();
  const writes = [...fleet.kubernetes.writes];
  const open = fleet.kubernetes.openConnections;

  await look(fleet);

  expect(fleet.kubernetes.writes).toEqual(writes);
  expect(fleet.kubernetes.openConnections).toBe(open);
});

it('writes once a minute, however often it looks', async () => {
  const { fleet } = await bootstrapped();
  await look(fleet);
  fleet.faults.registry.calls.length = 0;

  await look(fleet);
  fleet.clock.advance(59_999);
  await look(fleet);
  expect(fleet.faults.registry.calls).not.toContain('recordObservation');

  fleet.clock.advance(1);
  await look(fleet);
  expect(fleet.faults.registry.calls).toContain('recordObservation');
});
