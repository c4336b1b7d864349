/** The key that Flux reads with, whatever was lost, replaced or changed meanwhile. */
import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import { readinessOf } from '../../src/flux-bootstrap/reconciled.ts';
import { acme, gitHostName } from '../crash/outside.ts';
import type { Carelessness, ProductLife } from '../crash/product-life.ts';
import { bootstrapOf, clusterPath, type FleetRun, givenFleet, type RunHow } from './fleet-run.ts';
import { expectTheClustersKey, kubernetesOf } from './one-cluster.ts';

const { repository } = acme;
const elsewhere = { owner: 'acme', name: 'platform' };

async function bootstrap(fleet: FleetRun, key: string, { body, ...how }: RunHow & { readonly body?: object } = {}) {
  const ran = await fleet.run([bootstrapOf(acme, key, body)], how);
  expect(ran.wasHit).toBe((how.points ?? []).length > 0);
  return { operation: ran.operations[0], life: ran.life };
}

/** Of a life that has ended since, so that its sweeper knows nothing of what comes later. */
async function bootstrapped(): Promise<FleetRun> {
  const fleet = await givenFleet([acme]);
  const { operation, life } = await bootstrap(fleet, 'first');
  expect(operation).toMatchObject({ state: 'SUCCEEDED' });
  expectTheClustersKey(fleet);
  life.wire.kill();
  return fleet;
}

function keysOf({ world }: FleetRun, of = repository) {
  return world.github.world.deployKeys(of);
}

/** As somebody with rights in the cluster does. */
function loseSecret(fleet: FleetRun): void {
  kubernetesOf(fleet).delete(fluxReferences.secret, 'somebody');
}

function uninstallApp({ world }: FleetRun): void {
  const { github } = world;
  for (const id of github.world.state.installations.keys()) github.world.uninstallApp(id);
}

function installApp({ world }: FleetRun, owner = 'acme'): void {
  const permissions = { contents: 'write', administration: 'write' } as const;
  world.github.world.installApp(owner, { repositories: 'all', permissions });
}

describe('a Secret that was lost', () => {
  it('is made anew with another key, and the old key goes', async () => {
    const fleet = await bootstrapped();
    const [lost] = keysOf(fleet);
    loseSecret(fleet);

    const { operation } = await bootstrap(fleet, 'again');

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expectTheClustersKey(fleet);
    expect(keysOf(fleet)[0]?.publicKey).not.toBe(lost?.publicKey);
  });
});

describe('a cluster that was replaced', () => {
  it('keeps its key until somebody says that it is gone, and then the new one has another', async () => {
    const fleet = await bootstrapped();
    const before = keysOf(fleet);
    fleet.world.clusters.replace(acme);

    const { operation: refused, life } = await bootstrap(fleet, 'again');
    expect(refused).toMatchObject({ state: 'FAILED', failure: { code: 'cluster-replaced' } });
    expect(keysOf(fleet)).toEqual(before);
    life.wire.kill();

    const { operation } = await bootstrap(fleet, 'replacing', { body: { replace: true } });
    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expectTheClustersKey(fleet);
  });
});

async function moveTo(life: ProductLife, to: typeof repository): Promise<void> {
  const spec = { displayName: 'acme', repository: { host: gitHostName, ...to, branch: 'main' } };
  expect((await life.ask('PUT', '/v1/customers/acme', { body: spec })).status).toBe(200);
}

/** The customer's new repository is there, and the cluster still reads the old one. */
async function moving(): Promise<FleetRun> {
  const fleet = await givenFleet([acme]);
  fleet.world.github.world.createRepository({ ...elsewhere, files: { 'README.md': 'platform\n' } });
  const { life } = await bootstrap(fleet, 'first');
  await moveTo(life, elsewhere);
  life.wire.kill();
  return fleet;
}

const body = { allowPrune: true };

describe('a customer whose repository was changed', () => {
  const ends = [
    'kubernetes PATCH secrets/flux-system#1',
    'github POST /repos/{repository}/keys#2',
    'github DELETE /repos/{repository}/keys/{id}#1',
  ].flatMap((call) => [`${call} after`, `${call} lost`]);

  it.each(['nowhere', ...ends])(
    'has one new key in the new repository and none in the old one, when a life ends %s',
    async (point) => {
      const fleet = await moving();

      const { operation } = await bootstrap(fleet, 'moved', { body, points: point === 'nowhere' ? [] : [point] });

      expect(operation).toMatchObject({ state: 'SUCCEEDED' });
      expectTheClustersKey(fleet, elsewhere);
      expect(keysOf(fleet)).toEqual([]);
    },
  );

  it('has both keys in the plan', async () => {
    const fleet = await moving();
    const { life } = await fleet.run([]);

    const answer = await life.ask('POST', `${clusterPath(acme)}/plan`, { body });

    const { changes } = (await answer.json()) as { changes: { deployKeys: unknown } };
    expect(changes.deployKeys).toEqual([
      { action: 'create', title: 'fleet-api:acme/production (flux-system)' },
      { action: 'remove', title: keysOf(fleet)[0]?.title, fingerprint: expect.stringMatching(/^SHA256:/) },
    ]);
  });

  it('takes no key of others out of the old repository', async () => {
    const fleet = await moving();
    const { world } = fleet.world.github;
    const foreign = ['laptop', 'fleet-api:acme/staging (flux-system) AAAAAAAA'].map((title) =>
      world.addDeployKey(repository, { title, key: generateKeyPair().publicKey, isReadOnly: true }),
    );

    const { operation } = await bootstrap(fleet, 'moved', { body });

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expect(keysOf(fleet)).toEqual(foreign);
  });

  it('is told where its old one is archived, and reads the new one all the same', async () => {
    const fleet = await moving();
    const [old] = keysOf(fleet);
    fleet.world.github.world.archive(repository);

    const { operation } = await bootstrap(fleet, 'moved', { body });

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expectTheClustersKey(fleet, elsewhere);
    expect(keysOf(fleet)).toEqual([old]);
    const record = operation?.steps.find(({ name }) => name === 'record');
    expect(record).toMatchObject({ evidence: { unreachedRepositories: ['github.example/acme/infrastructure'] } });
  });

  it('is told where we may not look any more, and reads the new one all the same', async () => {
    const fleet = await moving();
    const { world } = fleet.world.github;
    world.createOwner('initech');
    const there = { owner: 'initech', name: 'infrastructure' };
    world.createRepository({ ...there, files: { 'README.md': 'initech\n' } });
    uninstallApp(fleet);
    installApp(fleet, 'initech');
    const { life } = await fleet.run([]);
    await moveTo(life, there);
    life.wire.kill();

    const { operation } = await bootstrap(fleet, 'moved', { body });

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expectTheClustersKey(fleet, there);
    const record = operation?.steps.find(({ name }) => name === 'record');
    expect(record).toMatchObject({
      evidence: { unreachedRepositories: ['github.example/acme/infrastructure'] },
    });
  });
});

describe('a host that shows a key other than the pinned one', () => {
  const pinned = 'github.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfMQPN7zhiJTEiBSmPL+0u1jT9lE2Jc5sumK0xJ1zyf\n';
  const wronglyPinned: Carelessness = (deps) => ({
    ...deps,
    gitHosts: new Map([...deps.gitHosts].map(([name, host]) => [name, { ...host, knownHosts: pinned }])),
  });

  it('is not read by Flux, which the operation says; with the right one pinned the same key serves', async () => {
    const fleet = await givenFleet([acme]);

    const { operation: refused, life } = await bootstrap(fleet, 'first', { between: wronglyPinned });
    const { code, detail, remedies } = refused?.failure ?? {};
    expect(code).toBe('host-key-unknown');
    expect(detail).toContain('knownhosts: key mismatch');
    expect(remedies).toEqual([expect.stringContaining('Compare the host keys')]);
    expect(readinessOf(kubernetesOf(fleet).get(fluxReferences.source))).toMatchObject({ kind: 'not-ready' });
    const before = keysOf(fleet);
    life.wire.kill();

    const { operation } = await bootstrap(fleet, 'again');
    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expectTheClustersKey(fleet);
    expect(keysOf(fleet)).toEqual(before);
  });
});

describe('an App that is uninstalled first', () => {
  it('lets nothing be made, and once it is back the lost key is replaced', async () => {
    const fleet = await bootstrapped();
    loseSecret(fleet);
    uninstallApp(fleet);

    const { operation: refused, life } = await bootstrap(fleet, 'again');
    expect(refused).toMatchObject({ state: 'FAILED', failure: { code: 'git-app-not-installed' } });
    expect(kubernetesOf(fleet).get(fluxReferences.secret)).toBeUndefined();
    life.wire.kill();
    installApp(fleet);

    const { operation } = await bootstrap(fleet, 'back');
    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expectTheClustersKey(fleet);
  });
});
