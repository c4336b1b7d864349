import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiOperation } from '../support/e2e/fleet-client.ts';
import { observe } from '../support/e2e/observe.ts';
import { refusalCases } from '../support/e2e/refusals.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';
import { bootstrap, createWorld, type World, type WorldCluster } from '../support/e2e/world.ts';

function expectRefusal(operation: ApiOperation, code: string, says: RegExp): void {
  expect(operation.state).toBe('FAILED');
  expect(operation.failure).toMatchObject({ step: 'preflight', code, detail: expect.stringMatching(says) });
  expect(operation.failure?.remedies.filter((remedy) => remedy.length > 20)).not.toEqual([]);
  expect(operation.steps.filter(({ state }) => state !== 'PENDING').map(({ name }) => name)).toEqual(['preflight']);
}

describe('a bootstrap is refused before anything has changed, with code, cause and remedy', () => {
  let world: World;
  let cluster: WorldCluster;

  beforeAll(async () => {
    world = await createWorld(sharedRig());
    [cluster] = world.clusters;
  });

  afterAll(() => world.close());

  it.each(refusalCases)('for $title: $code', async ({ code, says, arrange, mayMakeAccessEntry }) => {
    const undo = await arrange(world, cluster);
    const before = await observe(world, cluster);

    const operation = await bootstrap(world, cluster, { key: 'one-key-for-all' });

    expectRefusal(operation, code, says);
    const after = await observe(world, cluster);
    expect(after.repository).toEqual(before.repository);
    expect(after.cluster).toEqual(before.cluster);
    if (!mayMakeAccessEntry) expect(after.accessEntries).toEqual(before.accessEntries);
    await undo();
  });

  it('and succeeds under the same key once nothing stands in its way', async () => {
    const { state, failure } = await bootstrap(world, cluster, { key: 'one-key-for-all' });

    expect({ state, failure }).toEqual({ state: 'SUCCEEDED', failure: undefined });
  });
});

describe('a cluster whose Kubernetes is too old', () => {
  let world: World;
  let cluster: WorldCluster;

  beforeAll(async () => {
    world = await createWorld(sharedRig(), { isOlder: true });
    [cluster] = world.clusters;
  });

  afterAll(() => world.close());

  it('is refused before anything has changed: kubernetes-version-unsupported', async () => {
    const before = await observe(world, cluster);

    const operation = await bootstrap(world, cluster);

    expectRefusal(operation, 'kubernetes-version-unsupported', /Kubernetes v1\.32\.0; Flux needs 1\.33/);
    const after = await observe(world, cluster);
    expect(after.repository).toEqual(before.repository);
    expect(after.cluster).toEqual(before.cluster);
  });
});
