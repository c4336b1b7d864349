import { describe, expect, it } from 'vitest';
import { OutsideCallError } from '../../src/errors.ts';
import type { FluxStatus } from '../../src/flux-bootstrap/flux-status.service.ts';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import { useDynalite } from '../support/fleet-table.ts';
import { clusterPath, makeFleet } from '../support/fleet.ts';

const dynamo = useDynalite();

async function given() {
  const fleet = makeFleet(await dynamo.table());
  await fleet.register();
  const look = async () => {
    const answer = await fleet.call('GET', `${clusterPath}/flux`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as FluxStatus;
  };
  return { fleet, look };
}

async function bootstrapped() {
  const { fleet, look } = await given();
  const engine = await bootstrapEngine(fleet);
  const { state } = await engine.bootstrap();
  expect(state).toBe('SUCCEEDED');
  return { fleet, look };
}

describe('the state of Flux', () => {
  it('of a cluster that was bootstrapped is live and known', async () => {
    const { fleet, look } = await bootstrapped();

    const status = await look();

    expect(status).toMatchObject({
      reachability: { isReachable: true },
      observedAt: fleet.clock.now().toISOString(),
      lastKnown: { fluxVersion: '2.9.2', path: './flux/clusters/production' },
      live: { isInstalled: true, source: { isReady: true }, sync: { isReady: true, isSuspended: false } },
    });
    expect(status.live?.controllers).toHaveLength(4);
    expect(status.live?.controllers).toContainEqual({
      name: 'source-controller',
      image: expect.stringContaining('source-controller') as unknown,
      isAvailable: true,
    });
    expect(status.live?.sync?.revision).toMatch(/^main@sha1:[0-9a-f]{40}$/);
  });

  it('of a cluster without Flux says so', async () => {
    const { fleet, look } = await given();
    fleet.cluster.entries.add('arn:aws:iam::111122223333:role/fleet-api');

    expect(await look()).toMatchObject({
      reachability: { isReachable: true },
      live: { isInstalled: false, controllers: [] },
    });
  });

  it('shows what the objects say when they are not ready, and what is suspended', async () => {
    const { fleet, look } = await bootstrapped();
    const source = fleet.kubernetes.find(fluxReferences.source);
    const conditions = [{ type: 'Ready', status: 'False', reason: 'GitOperationFailed', message: 'no route to host' }];
    fleet.kubernetes.setStatus(fluxReferences.source, { observedGeneration: source?.metadata.generation, conditions });
    const sync = fleet.kubernetes.find(fluxReferences.sync);
    if (sync) fleet.kubernetes.set({ ...sync, spec: { suspend: true } });

    expect(await look()).toMatchObject({
      live: {
        source: { isReady: false, reason: 'GitOperationFailed', message: 'no route to host' },
        sync: { isReady: false, isSuspended: true },
      },
    });
  });

  it('changes nothing, and closes what it opened', async () => {
    const { fleet, look } = await bootstrapped();
    const writes = [...fleet.kubernetes.writes];
    const open = fleet.kubernetes.openConnections;

    await look();

    expect(fleet.kubernetes.writes).toEqual(writes);
    expect(fleet.kubernetes.openConnections).toBe(open);
  });

  const rejected = (failure: 'unreachable' | 'forbidden') =>
    new OutsideCallError({ system: 'kubernetes', failure, attempted: 'GET', answer: 'x' });
  it.each<[string, (fleet: ReturnType<typeof makeFleet>) => void]>([
    ['role-not-assumable', (fleet) => void (fleet.eks.externalId = 'another')],
    ['cluster-not-found', (fleet) => fleet.faults.eks.onCall('describeCluster', () => fleet.eks.removeClusters())],
    ['aws-permission-missing', (fleet) => void fleet.eks.forbidden.add('eks:DescribeCluster')],
    ['access-entry-missing', (fleet) => fleet.cluster.entries.clear()],
    [
      'api-server-unreachable',
      (fleet) => fleet.faults.kubernetes.fail('get', { when: 'before', error: rejected('unreachable') }),
    ],
    [
      'not-cluster-admin',
      (fleet) => fleet.faults.kubernetes.fail('get', { when: 'before', error: rejected('forbidden') }),
    ],
    [
      'aws-unavailable',
      (fleet) =>
        fleet.faults.eks.fail('describeCluster', {
          when: 'before',
          error: new OutsideCallError({ system: 'sts', failure: 'timeout', attempted: 'x' }),
        }),
    ],
  ])('that cannot be seen (%s) is answered all the same, with what is known', async (code, hide) => {
    const { fleet, look } = await bootstrapped();
    hide(fleet);

    const status = await look();

    expect(status).toMatchObject({ reachability: { isReachable: false, code }, lastKnown: { fluxVersion: '2.9.2' } });
    expect(status).not.toHaveProperty('live');
  });
});
