/** Whatever happens around a deploy key: the cluster reads with one key that cannot write, and nobody else's is touched. */
import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { acme } from '../crash/outside.ts';
import type { Carelessness } from '../crash/product-life.ts';
import { bootstrapOf, type FleetRun, givenFleet } from './fleet-run.ts';

const { repository } = acme;
const ours = 'fleet-api:acme/production (flux-system) ';

function keysOf({ world }: FleetRun) {
  return world.github.world.deployKeys(repository);
}

function addKey({ world }: FleetRun, title: string, { isReadOnly = true, key = generateKeyPair().publicKey } = {}) {
  return world.github.world.addDeployKey(repository, { title, key, isReadOnly });
}

/** One of ours, which only reads, and whose private half the cluster has. */
function expectOneKey(fleet: FleetRun): void {
  const own = keysOf(fleet).filter(({ title }) => title.startsWith(ours));
  const secret = fleet.world.holdings()[0]?.secretPublicKey;
  expect(secret).toMatch(/^ssh-ed25519 /);
  expect(own).toMatchObject([{ publicKey: secret, isReadOnly: true }]);
}

async function bootstrapped(): Promise<FleetRun> {
  const fleet = await givenFleet([acme]);
  const { operations } = await fleet.run([bootstrapOf(acme, 'first')]);
  expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
  return fleet;
}

describe('a life that ends around the key', () => {
  it.each(['kubernetes POST secrets#1', 'github POST /repos/{repository}/keys#1'])(
    'leaves one key when it ends before or after %s',
    async (call) => {
      for (const harm of ['before', 'after', 'lost']) {
        const fleet = await givenFleet([acme]);

        const ran = await fleet.run([bootstrapOf(acme, 'first')], { points: [`${call} ${harm}`] });

        expect(ran.wasHit).toBe(true);
        expect(ran.operations).toMatchObject([{ state: 'SUCCEEDED' }]);
        expectOneKey(fleet);
      }
    },
  );
});

describe('keys beside ours', () => {
  it('are left alone, but for older ones of ours', async () => {
    const fleet = await givenFleet([acme]);
    addKey(fleet, `${ours}AAAAAAAA`);
    const foreign = [
      addKey(fleet, 'laptop', { isReadOnly: false }),
      addKey(fleet, 'fleet-api:acme/staging (flux-system) B'),
    ];

    const { operations } = await fleet.run([bootstrapOf(acme, 'first')]);

    expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectOneKey(fleet);
    expect(keysOf(fleet)).toHaveLength(3);
    expect(keysOf(fleet)).toEqual(expect.arrayContaining(foreign));
  });

  it('make a new pair necessary when ours is in use elsewhere', async () => {
    const fleet = await bootstrapped();
    const { github } = fleet.world;
    const [key] = keysOf(fleet);
    if (!key) throw new Error('no key');
    github.world.removeDeployKey(repository, key.id);
    const other = { owner: 'acme', name: 'other' };
    github.world.createRepository({ ...other, files: { 'README.md': 'other\n' } });
    github.world.addDeployKey(other, { title: 'moved', key: key.publicKey, isReadOnly: true });

    const { operations } = await fleet.run([bootstrapOf(acme, 'again')]);

    expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectOneKey(fleet);
    expect(keysOf(fleet)[0]?.publicKey).not.toBe(key.publicKey);
    expect(github.world.deployKeys(other)).toHaveLength(1);
  });

  it('end the operation when somebody gave ours the right to write', async () => {
    const fleet = await bootstrapped();
    const [key] = keysOf(fleet);
    if (!key) throw new Error('no key');
    fleet.world.github.world.removeDeployKey(repository, key.id);
    addKey(fleet, 'theirs', { isReadOnly: false, key: key.publicKey });

    const { operations } = await fleet.run([bootstrapOf(acme, 'again')]);

    expect(operations).toMatchObject([{ state: 'FAILED', failure: { code: 'secret-not-ours' } }]);
    expect(keysOf(fleet)).toMatchObject([{ title: 'theirs', isReadOnly: false }]);
  });
});

describe('an App that is uninstalled in the middle', () => {
  it('ends the operation, and what is there already serves the next one', async () => {
    const fleet = await givenFleet([acme]);
    const { world } = fleet.world.github;
    const uninstalling: Carelessness = (deps) => ({
      ...deps,
      keyPairs: {
        generate() {
          for (const id of world.state.installations.keys()) world.uninstallApp(id);
          return deps.keyPairs.generate();
        },
      },
    });

    const first = await fleet.run([bootstrapOf(acme, 'first')], { between: uninstalling });
    const made = fleet.world.holdings()[0]?.secretPublicKey;
    world.installApp('acme', { repositories: 'all', permissions: { contents: 'write', administration: 'write' } });
    const second = await fleet.run([bootstrapOf(acme, 'second')]);

    expect(first.operations).toMatchObject([{ state: 'FAILED' }]);
    expect(second.operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectOneKey(fleet);
    expect(fleet.world.holdings()[0]?.secretPublicKey).toBe(made);
  });
});
