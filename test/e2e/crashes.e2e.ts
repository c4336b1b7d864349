import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fluxPaths } from '../support/e2e/cluster-api.ts';
import { countOperations, dumpTable } from '../support/e2e/fleet-table.ts';
import { bootstrapWithKills, executionStatuses, type KilledJob } from '../support/e2e/killing.ts';
import { dataOf, readyState } from '../support/e2e/live-flux.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';
import { formsOf, isIn, searchFiles } from '../support/e2e/secret-search.ts';
import { waitFor } from '../support/e2e/wait-for.ts';
import { createWorld, type World } from '../support/e2e/world.ts';

/** `<port>.<method>:…` lies around an effect, `engine.<step>.checkpoint:…` around the record of a step's result. */
const points = [
  // The operation is accepted: its item, the claim of the cluster, the start of the execution, the answer in flight.
  'operations.putIfAbsent:before',
  'operations.putIfAbsent:after',
  'registry.claim:before',
  'registry.claim:after',
  'workflow-engine.start:before',
  'engine.start:after',
  'workflow-engine.start:after',
  'api.answer:post',
  'operations.markRunning:after',
  // The access entry.
  'eks.ensureAccessEntry:before',
  'eks.ensureAccessEntry:after',
  'engine.preflight.checkpoint:before',
  // The commit.
  'git-host.commitFiles:before',
  'git-host.commitFiles:after',
  'engine.commit-manifests.checkpoint:before',
  'engine.commit-manifests.checkpoint:after',
  // Flux's objects.
  'kubernetes.apply:before',
  'kubernetes.apply:after',
  'engine.apply-namespace-and-crds.checkpoint:before',
  'engine.apply-components.checkpoint:before',
  // The deploy key: first the Secret, then the host.
  'kubernetes.create:before',
  'kubernetes.create:after',
  'git-host.addDeployKey:before',
  'git-host.addDeployKey:after',
  'engine.provision-deploy-key.checkpoint:before',
  'engine.provision-deploy-key.checkpoint:after',
  // The sync, the wait for it, the result and the end.
  'engine.apply-sync.checkpoint:before',
  'engine.await-reconciled.checkpoint:before',
  'registry.recordResult:after',
  'engine.record.checkpoint:before',
  'operations.end:before',
  'operations.end:after',
  'registry.release:after',
  'engine.end-operation.checkpoint:before',
] as const;

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function killAt(armed: readonly string[]): Promise<{ readonly world: World; readonly job: KilledJob }> {
  world = await createWorld(sharedRig());
  return { world, job: await bootstrapWithKills(world, world.clusters[0], armed) };
}

/** One job has left: one commit, one key, one Secret that nobody touched after it was made, and nothing half done. */
async function expectDoneOnce({ world: of, job }: { readonly world: World; readonly job: KilledJob }): Promise<void> {
  const [cluster] = of.clusters;
  const { operation, secretVersions } = job;
  expect(operation.failure).toBeUndefined();
  expect(operation.state).toBe('SUCCEEDED');
  const commits = (await of.repository.commits()).filter(({ message }) => message.includes('Fleet-Operation: '));
  expect(commits.map(({ message }) => /Fleet-Operation: (\S+)/.exec(message)?.[1])).toEqual([operation.id]);
  const keys = await of.repository.keys();
  const secret = await cluster.api.get(fluxPaths.secret);
  expect(keys.map(({ key }) => key.split(' ')[1])).toEqual([dataOf(secret, 'identity.pub').trim().split(' ')[1]]);
  expect(keys[0]?.isReadOnly).toBe(true);
  expect(secretVersions.size).toBe(1);
  expect(await countOperations(of.rig.env(), of.customer)).toBe(1);
  expect(readyState(await cluster.api.get(fluxPaths.sync)).isReady).toBe(true);
  await waitFor('the execution has ended and the cluster is free', async () => {
    const statuses = await executionStatuses(of, operation.id);
    const { body } = await of.fleet.call('GET', cluster.path);
    const { operation: claimedBy } = (body as { readonly status: { readonly operation?: string } }).status;
    return statuses.join() === 'SUCCEEDED' && claimedBy === undefined;
  });
}

describe('a bootstrap whose process is killed', () => {
  it.each(points)('at %s succeeds, and everything is done once', async (point) => {
    const killed = await killAt([point]);

    expect(killed.job.reached).toEqual([point]);
    await expectDoneOnce(killed);
  });

  it(`at all of these ${points.length} points in one job succeeds, and everything is done once`, async () => {
    const killed = await killAt(points);

    // Branches run side by side: what lies before an `:after` may have been done by a process that was killed elsewhere.
    const missed = points.filter((point) => !killed.job.reached.includes(point));
    expect(missed.filter((point) => !point.endsWith(':after'))).toEqual([]);
    expect(killed.job.kills).toBeGreaterThanOrEqual(20);
    await expectDoneOnce(killed);
    await expectKeyInClusterOnly(killed.world);
  });
});

/** Processes that die at the worst moment leave the private key nowhere either. */
async function expectKeyInClusterOnly({ rig, clusters: [cluster] }: World): Promise<void> {
  const forms = formsOf(dataOf(await cluster.api.get(fluxPaths.secret), 'identity'));
  const { directory } = rig.env().rig;
  expect((await searchFiles(directory, forms, [join(directory, 'state', 'etcd')])).found).toEqual([]);
  expect(isIn(await dumpTable(rig.env()), forms)).toBe(false);
}
