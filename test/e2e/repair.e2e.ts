import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fluxPaths } from '../support/e2e/cluster-api.ts';
import { evidenceOf } from '../support/e2e/fleet-client.ts';
import {
  availableControllers,
  dataOf,
  defaultControllers,
  lastLook,
  runningControllers,
} from '../support/e2e/live-flux.ts';
import { greeting, greetingFile } from '../../sandbox/example-repository.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';
import { waitFor } from '../support/e2e/wait-for.ts';
import { bootstrap, createWorld, type World, type WorldCluster } from '../support/e2e/world.ts';

let world: World;
let cluster: WorldCluster;

beforeAll(async () => {
  world = await createWorld(sharedRig());
  [cluster] = world.clusters;
  const { state, failure } = await bootstrap(world, cluster);
  expect({ state, failure }).toEqual({ state: 'SUCCEEDED', failure: undefined });
});

afterAll(() => world.close());

describe.each(['kustomize-controller', 'source-controller'])('a cluster whose %s was deleted', (controller) => {
  it('is put right by a bootstrap, with the key that it has', async () => {
    const before = { repository: await world.repository.snapshot(), secret: await cluster.api.get(fluxPaths.secret) };
    await cluster.api.call('DELETE', `${fluxPaths.deployments}/${controller}`);
    await waitFor('its process has ended', async () => !(await runningControllers(cluster)).includes(controller));
    // Without either of them nothing that is committed arrives any more, the controller's own Deployment included.
    await world.repository.write(greetingFile, greeting(`Sent without ${controller}`));

    const operation = await bootstrap(world, cluster);

    expect(operation.failure).toBeUndefined();
    expect(operation.state).toBe('SUCCEEDED');
    expect(evidenceOf(operation, 'apply-components')['objects']).toContain(`Deployment/${controller}`);
    expect(await availableControllers(cluster.api)).toEqual(defaultControllers);
    expect(await runningControllers(cluster)).toEqual(defaultControllers);
    // What is said of the sync is said by the new process: it has taken the look that the bootstrap asked for.
    expect(lastLook(await cluster.api.get(fluxPaths.source))).toEqual({ isHandled: true });
    expect(lastLook(await cluster.api.get(fluxPaths.sync))).toEqual({ isHandled: true });
    expect((await cluster.api.get(fluxPaths.secret))?.metadata.resourceVersion).toBe(
      before.secret?.metadata.resourceVersion,
    );
    expect(await world.repository.keys()).toEqual(before.repository.keys);
    await waitFor('what was committed meanwhile has arrived', async () => {
      return dataOf(await cluster.api.get(fluxPaths.greeting), 'text') === `Sent without ${controller}`;
    });
  });
});
