import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fluxPaths } from '../support/e2e/cluster-api.ts';
import { type ApiOperation, evidenceOf } from '../support/e2e/fleet-client.ts';
import { dataOf, readyState } from '../support/e2e/live-flux.ts';
import type { Commit } from '../support/e2e/repository.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';
import { bootstrap, createWorld, type World } from '../support/e2e/world.ts';

let world: World;
let filesBefore: Readonly<Record<string, string>>;
let operations: readonly ApiOperation[];
/** Heads in the order in which they were seen while both ran. */
const heads: string[] = [];
/** Paths that others wrote meanwhile. */
const written: string[] = [];

beforeAll(async () => {
  world = await createWorld(sharedRig(), { clusters: ['production', 'staging'] });
  filesBefore = await world.repository.files();
  const running = Promise.all(world.clusters.map((cluster) => bootstrap(world, cluster)));
  await commitUntil(running);
  operations = await running;
});

afterAll(() => world.close());

/** Others commit without a pause until both have ended. */
async function commitUntil(running: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  const end = () => ended.abort();
  running.then(end, end);
  for (let count = 0; !ended.signal.aborted; count += 1) {
    const path = `docs/notes/${count}.md`;
    await world.repository.write(path, `Note ${count}\n`);
    written.push(path);
    heads.push(await world.repository.head());
  }
}

describe('two clusters of one repository, bootstrapped at the same moment while others commit', () => {
  it('both succeed', () => {
    expect(operations.map(({ failure }) => failure)).toEqual([undefined, undefined]);
    expect(operations.map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  });

  it('make one commit each, between those of the others', async () => {
    const ours = (await world.repository.commits()).filter(({ message }) => message.includes('Fleet-Operation: '));

    const committed = operations.map((operation) => String(evidenceOf(operation, 'commit-manifests')['commit']));
    expect(ours.map(({ sha }) => sha).toSorted()).toEqual(committed.toSorted());
    expect(written.length).toBeGreaterThan(2);
  });

  it('only ever move history forward', async () => {
    const history = await world.repository.commits();

    expect(isOneLine(history)).toBe(true);
    const positions = heads.map((head) => history.findIndex(({ sha }) => sha === head));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual(positions.toSorted((a, b) => b - a));
  });

  it('leave all other files byte for byte as they were', async () => {
    const files = await world.repository.files();

    const ours = world.clusters.map(({ id }) => `flux/clusters/${id}/flux-system/`);
    const others = Object.entries(files).filter(
      ([path]) => !written.includes(path) && !ours.some((folder) => path.startsWith(folder)),
    );
    expect(Object.fromEntries(others)).toEqual(filesBefore);
    expect(Object.keys(files)).toEqual(expect.arrayContaining(written));
  });

  it('have a key and a path of their own', async () => {
    const keys = await world.repository.keys();
    const secrets = await Promise.all(world.clusters.map(({ api }) => api.get(fluxPaths.secret)));

    expect(keys.every(({ isReadOnly }) => isReadOnly)).toBe(true);
    expect(keys.map(({ key }) => materialOf(key)).toSorted()).toEqual(
      secrets.map((secret) => materialOf(dataOf(secret, 'identity.pub'))).toSorted(),
    );
    expect(keys).toHaveLength(2);
    for (const { id, api } of world.clusters) {
      const sync = await api.get(fluxPaths.sync);
      expect(sync?.['spec']).toMatchObject({ path: `./flux/clusters/${id}` });
      expect(readyState(sync).isReady).toBe(true);
    }
  });
});

/** Each commit is the only parent of the next newer one: nothing was merged, nothing was cut off. */
function isOneLine(history: readonly Commit[]): boolean {
  return history.every(({ parents }, index) => {
    const older = history[index + 1];
    return older === undefined ? parents.length === 0 : parents.length === 1 && parents[0] === older.sha;
  });
}

function materialOf(publicKey: string): string {
  return publicKey.trim().split(' ')[1] ?? '';
}
