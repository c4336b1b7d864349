import { expect, it } from 'vitest';
import { OutsideCallError } from '../../../src/errors.ts';
import type { FluxStatus } from '../../../src/flux-bootstrap/flux-status.service.ts';
import { bootstrapEngine } from '../../support/bootstrap-engine.ts';
import { unavailable } from '../../support/faults.ts';
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
  await (await bootstrapEngine(fleet)).bootstrap();
  return fleet;
}

const failing = (system: 'kubernetes' | 'sts', failure: 'unreachable' | 'forbidden' | 'timeout') =>
  new OutsideCallError({ system, failure, attempted: 'GET', answer: 'x' });

/** What has gone → how the test makes it go. */
const troubles: readonly [string, (fleet: Fleet) => void][] = [
  ['role-not-assumable', (fleet) => void (fleet.eks.externalId = 'another')],
  ['cluster-not-found', (fleet) => fleet.faults.eks.onCall('describeCluster', () => fleet.eks.removeClusters())],
  ['aws-permission-missing', (fleet) => void fleet.eks.forbidden.add('eks:DescribeCluster')],
  ['access-entry-missing', (fleet) => fleet.cluster.entries.clear()],
  [
    'api-server-unreachable',
    (fleet) => fleet.faults.kubernetes.fail('get', { when: 'before', error: failing('kubernetes', 'unreachable') }),
  ],
  [
    'not-cluster-admin',
    (fleet) => fleet.faults.kubernetes.fail('get', { when: 'before', error: failing('kubernetes', 'forbidden') }),
  ],
  [
    'aws-unavailable',
    (fleet) => fleet.faults.eks.fail('describeCluster', { when: 'before', error: failing('sts', 'timeout') }),
  ],
  ['cluster-not-active', (fleet) => void (fleet.cluster.cluster = withoutEndpoint(fleet))],
];

/** As EKS describes it while it is made. */
function withoutEndpoint({ cluster }: Fleet) {
  return { ...cluster.cluster, status: 'CREATING', endpoint: undefined, certificateAuthority: undefined };
}

it.each(troubles)('answers all the same with what is known: %s', async (code, hide) => {
  const fleet = await bootstrapped();
  const seen = await look(fleet);
  fleet.clock.advance(1000);
  hide(fleet);

  const status = await look(fleet);

  expect(status).toMatchObject({
    reachability: { isReachable: false, code, since: fleet.clock.now().toISOString() },
    observedAt: fleet.clock.now().toISOString(),
    lastKnown: { bootstrap: { fluxVersion: '2.9.2' }, observation: { at: seen.observedAt, live: seen.live } },
  });
  expect(status.reachability.detail).toBeTruthy();
  expect(status).not.toHaveProperty('live');
});

it('says since when nothing answers, until something does', async () => {
  const fleet = await bootstrapped();
  fleet.cluster.entries.clear();
  const first = await look(fleet);
  fleet.clock.advance(3_600_000);
  fleet.eks.forbidden.add('eks:DescribeCluster');

  const second = await look(fleet);
  expect(second.reachability).toMatchObject({ code: 'aws-permission-missing', since: first.observedAt });

  fleet.eks.forbidden.clear();
  fleet.cluster.entries.add('arn:aws:iam::111122223333:role/fleet-api');
  const back = await look(fleet);
  expect(back.reachability).toEqual({ isReachable: true });

  fleet.clock.advance(1);
  fleet.cluster.entries.clear();
  const again = await look(fleet);
  expect(again.reachability).toMatchObject({ since: fleet.clock.now().toISOString() });
  expect(again.lastKnown?.observation?.at).toBe(back.observedAt);
});

it('remembers what it saw last, however often it has looked since', async () => {
  const fleet = await bootstrapped();
  const seen = await look(fleet);
  fleet.cluster.entries.clear();
  await look(fleet);

  const again = await look(fleet);

  expect(again.lastKnown?.observation).toEqual({ at: seen.observedAt, live: seen.live });
});

it('has nothing that was known of a cluster that never answered', async () => {
  const fleet = await fleets.registered();

  const status = await look(fleet);

  expect(status).toMatchObject({ reachability: { isReachable: false, code: 'access-entry-missing' } });
  expect(status).not.toHaveProperty('lastKnown');
});

it('answers though what was seen cannot be kept', async () => {
  const fleet = await bootstrapped();
  fleet.faults.registry.fail('recordObservation', { when: 'before', error: unavailable('dynamodb') });

  expect(await look(fleet)).toMatchObject({ reachability: { isReachable: true } });
});

it('says of a private endpoint that it is one, without trying to connect', async () => {
  const fleet = await fleets.registered();
  fleet.cluster.cluster = { ...fleet.cluster.cluster, hasPublicEndpoint: false };

  const answer = await fleet.call('GET', `${clusterPath}/flux`);

  expect(await answer.json()).toMatchObject({ reachability: { isReachable: false, code: 'endpoint-private' } });
  expect(fleet.faults.kubernetes.calls).toEqual([]);
});
