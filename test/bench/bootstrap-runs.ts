/** One bootstrap by us or by `flux bootstrap git`, each on a fresh cluster and a fresh repository, controllers cold. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { fluxPaths } from '../support/e2e/cluster-api.ts';
import { runCommand } from '../support/e2e/commands.ts';
import { readOperation } from '../support/e2e/fleet-client.ts';
import { readyState } from '../support/e2e/live-flux.ts';
import type { RigAccess } from '../support/e2e/rig-access.ts';
import { createWorld, operationPath, postBootstrap, type World } from '../support/e2e/world.ts';

export interface OurRun {
  /** From the POST until a GET shows `SUCCEEDED`. */
  readonly seconds: number;
  readonly durableOperations: number;
  readonly checkpointedBytes: number;
  /** By the product; what source-controller reads by SSH is not among them. */
  readonly gitRequests: number;
  /** Of them those that are not GET. */
  readonly gitWrites: number;
}

const askEveryMilliseconds = 50;

export async function bootstrapByUs(rig: RigAccess): Promise<OurRun> {
  const world = await createWorld(rig);
  try {
    const requestsBefore = await gitRequests(world);
    const startedAt = performance.now();
    const { id } = readOperation(await postBootstrap(world, world.clusters[0]));
    const seconds = await secondsUntilSucceeded(world, id, startedAt);
    await expectReady(world);
    const stats = await fetch(`${rig.env().rig.engineUrl}/_stats/${id}`);
    const { durableOperations, checkpointedBytes } = (await stats.json()) as Pick<
      OurRun,
      'durableOperations' | 'checkpointedBytes'
    >;
    const requests = (await gitRequests(world)).slice(requestsBefore.length);
    const gitWrites = requests.filter((method) => method !== 'GET').length;
    return { seconds, durableOperations, checkpointedBytes, gitRequests: requests.length, gitWrites };
  } finally {
    await world.close();
  }
}

async function secondsUntilSucceeded(world: World, id: string, startedAt: number): Promise<number> {
  for (;;) {
    const { state, failure } = readOperation(await world.fleet.call('GET', operationPath(world, id)));
    if (state === 'SUCCEEDED') return (performance.now() - startedAt) / 1000;
    if (failure) throw new Error(`the bootstrap failed: ${JSON.stringify(failure)}`);
    await setTimeout(askEveryMilliseconds);
  }
}

/** Seconds of `flux bootstrap git --silent`, with a key that was registered beforehand. */
export async function bootstrapByPeer(rig: RigAccess): Promise<number> {
  const world = await createWorld(rig);
  const directory = await mkdtemp(join(tmpdir(), 'fleet-bench-'));
  try {
    const [cluster] = world.clusters;
    const pair = generateKeyPair();
    const keyFile = join(directory, 'key');
    await writeFile(keyFile, pair.privateKeyPem, { mode: 0o600 });
    await world.repository.addKey('flux bootstrap', pair.publicKey, false);
    const startedAt = performance.now();
    const { exitCode, output } = await runCommand(rig.env().fluxCli, [
      ...['bootstrap', 'git', '--silent', `--url=${world.repository.sshUrl}`, `--private-key-file=${keyFile}`],
      ...[
        '--branch=main',
        `--path=flux/clusters/${cluster.id}`,
        '--interval=1m0s',
        `--kubeconfig=${cluster.kubeconfig}`,
      ],
    ]);
    const seconds = (performance.now() - startedAt) / 1000;
    if (exitCode !== 0) throw new Error(`flux bootstrap git failed: ${output}`);
    await expectReady(world);
    return seconds;
  } finally {
    await rm(directory, { recursive: true, force: true });
    await world.close();
  }
}

/** Both have to have reached the same: Flux is ready at the head of the branch. */
async function expectReady(world: World): Promise<void> {
  const [{ api }] = world.clusters;
  const { isReady, revision, message } = readyState(await api.get(fluxPaths.sync));
  const head = await world.repository.head();
  if (!isReady || !revision.endsWith(head)) throw new Error(`Flux is not ready at ${head}: ${revision} ${message}`);
}

/** Methods of the API requests for this repository so far, from Gitea's own log. */
async function gitRequests(world: World): Promise<readonly string[]> {
  const log = await readFile(join(world.rig.env().rig.logDirectory, 'gitea.log'), 'utf8');
  const { owner, name } = world.repository;
  const pattern = new RegExp(`router: completed ([A-Z]+) /api/v1/repos/${owner}/${name}[/? ]`, 'g');
  return [...log.matchAll(pattern)].map(([, method = '']) => method);
}

/** Peak resident memory of the process that answers and runs the workflow, in megabytes since it began. */
export async function peakMemoryMegabytes(rig: RigAccess): Promise<number> {
  const status = await readFile(`/proc/${rig.env().pids.api}/status`, 'utf8');
  const kilobytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  return (kilobytes * 1024) / 1_000_000;
}
