/** An invocation that sleeps until a newer operation with another plan has done its work, and then goes on with the old one. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { field, fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import { acme, gitHostName, region } from '../crash/outside.ts';
import { bootstrapOf, clusterPath, type FleetRun, givenFleet, type Ran } from './fleet-run.ts';
import { expectTheClustersKey, kubernetesOf } from './one-cluster.ts';
import { type Sleep, sleepingAt } from './sleeper.ts';

const { accountId, cluster } = acme;

/** What the older plan wants, and what the newer one wants. */
const plans = [
  { interval: '1m0s', logLevel: 'info' },
  { interval: '5m0s', logLevel: 'debug' },
] as const;
type Plan = (typeof plans)[number];

async function wish({ life }: Ran, plan: Plan): Promise<void> {
  const spec = { accountId, region, eksName: cluster, flux: { version: '2.9.2', ...plan } };
  const answer = await life.ask('PUT', clusterPath(acme), { body: spec });
  expect(answer.status).toBe(200);
}

interface How {
  readonly sleep?: Sleep;
  readonly body?: object;
}

async function bootstrap(fleet: FleetRun, key: string, { sleep, body }: How = {}) {
  const sleeper = sleep && sleepingAt(sleep);
  const ran = await fleet.run([bootstrapOf(acme, key, body)], { sleeper });
  expect(ran.operations).toMatchObject([{ state: 'SUCCEEDED' }]);
  expect(sleeper?.isAsleep).toBe(sleep && true);
  return {
    ran,
    /** Goes on where it was held up, to its end. */
    async wake() {
      sleeper?.wake();
      await ran.sequence.settle();
    },
  };
}

/** The older operation was ended by an invocation of its own that nobody held up; the newer one has succeeded too. */
async function overtaken(sleep: Sleep, meanwhile: (fleet: FleetRun) => void = () => undefined) {
  const fleet = await givenFleet([acme]);
  const older = await bootstrap(fleet, 'older', { sleep });
  meanwhile(fleet);
  await wish(older.ran, plans[1]);
  await bootstrap(fleet, 'newer');
  return { fleet, older };
}

function filesOf({ world }: FleetRun) {
  return world.holdings()[0]?.files;
}

describe('the commit of an older plan', () => {
  it.each([
    'github GET /repos/{repository}/git/ref/',
    'github POST /repos/{repository}/git/trees',
    'github PATCH /repos/{repository}/git/refs/',
  ])('is not made over a newer one: %s', async (at) => {
    const { fleet, older } = await overtaken({ at });
    const files = filesOf(fleet);

    await older.wake();

    expect(filesOf(fleet)).toEqual(files);
  });

  it('is not made where the newer plan is that of before, so that each file is as it was read', async () => {
    const fleet = await givenFleet([acme]);
    const first = await bootstrap(fleet, 'first');
    const files = filesOf(fleet);
    await wish(first.ran, plans[1]);
    first.ran.life.wire.kill();
    const older = await bootstrap(fleet, 'older', { sleep: { at: 'github GET /repos/{repository}/git/ref/' } });
    await wish(older.ran, plans[0]);
    await bootstrap(fleet, 'newer');
    expect(filesOf(fleet)).toEqual(files);

    await older.wake();

    expect(filesOf(fleet)).toEqual(files);
  });
});

describe('what an older plan applies late', () => {
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'source-controller', namespace: 'flux-system' };

  function applied(fleet: FleetRun) {
    const args = JSON.stringify(kubernetesOf(fleet).get(deployment)?.['spec']);
    const [, logLevel] = /--log-level=(\w+)/.exec(args) ?? [];
    return { interval: field(kubernetesOf(fleet).get(fluxReferences.source), 'spec', 'interval'), logLevel };
  }

  async function pass({ world: { time } }: FleetRun, minutes: number): Promise<void> {
    const end = time.now().getTime() + minutes * 60_000;
    while (time.now().getTime() < end && time.next()) await turn();
  }

  it.each(['kubernetes APPLY deployments/source-controller', 'kubernetes APPLY gitrepositories/flux-system'])(
    'is put right by Flux from the newer commit: %s',
    async (at) => {
      const { fleet, older } = await overtaken({ at, isSlowCall: true });
      expect(applied(fleet)).toEqual(plans[1]);

      await older.wake();
      expect(applied(fleet)).not.toEqual(plans[1]);
      await pass(fleet, 10);

      expect(applied(fleet)).toEqual(plans[1]);
    },
  );
});

describe('the key of an older operation', () => {
  function loseSecret(fleet: FleetRun): void {
    kubernetesOf(fleet).delete(fluxReferences.secret, 'somebody');
  }

  it.each([
    { when: 'before', at: 'github GET /repos/{repository}/keys#3' },
    { when: 'before', at: 'kubernetes GET secrets/flux-system#6' },
  ] as const)('is no reason to remove the newer one, when the cleaner sleeps $when $at', async (sleep) => {
    const { fleet, older } = await overtaken(sleep, loseSecret);
    expectTheClustersKey(fleet);

    await older.wake();

    expectTheClustersKey(fleet);
  });

  it('is taken back when it is registered late', async () => {
    const { fleet, older } = await overtaken({ at: 'github POST /repos/{repository}/keys#1' }, loseSecret);
    expectTheClustersKey(fleet);

    await older.wake();

    const added = fleet.world.effects().filter(({ action }) => action === 'add-key');
    expect(added).toHaveLength(3);
    expectTheClustersKey(fleet);
  });

  it.each(['kubernetes GET secrets/flux-system#3', 'kubernetes GET secrets/flux-system#4'])(
    'is not written over the newer one of another repository: %s',
    async (at) => {
      const elsewhere = { owner: 'acme', name: 'platform' };
      const fleet = await givenFleet([acme]);
      fleet.world.github.world.createRepository({ ...elsewhere, files: { 'README.md': 'platform\n' } });
      const older = await bootstrap(fleet, 'older', { sleep: { at } });
      const spec = { displayName: 'acme', repository: { host: gitHostName, ...elsewhere, branch: 'main' } };
      expect((await older.ran.life.ask('PUT', '/v1/customers/acme', { body: spec })).status).toBe(200);
      await bootstrap(fleet, 'newer', { body: { allowPrune: true } });
      expectTheClustersKey(fleet, elsewhere);

      await older.wake();

      expectTheClustersKey(fleet, elsewhere);
      expect(fleet.world.github.world.deployKeys(acme.repository)).toEqual([]);
    },
  );

  it('is not written over the newer one', async () => {
    const { fleet, older } = await overtaken({ at: 'kubernetes POST secrets#1' }, loseSecret);

    await older.wake();

    expectTheClustersKey(fleet);
  });
});
