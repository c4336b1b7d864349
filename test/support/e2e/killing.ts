/** Kills the API and engine at the crash points of a job, and looks at what the job leaves. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { armCrashPoint, reachedCrashPoints } from '../../../sandbox/engine/crash-points.ts';
import { fluxPaths } from './cluster-api.ts';
import { type ApiOperation, readOperation, whenResting } from './fleet-client.ts';
import { waitFor } from './wait-for.ts';
import { operationPath, postBootstrap, type World, type WorldCluster } from './world.ts';

export interface KilledJob {
  readonly operation: ApiOperation;
  /** In the order in which they were reached. */
  readonly reached: readonly string[];
  readonly kills: number;
  /** Each version of the Secret that was seen: one, if nobody has touched it after it was made. */
  readonly secretVersions: ReadonlySet<string>;
}

/**
 * Bootstraps the cluster with these points armed and ends the process with SIGKILL at each that is reached. The caller
 * asks again under the same key when its answer is lost.
 */
export async function bootstrapWithKills(
  world: World,
  cluster: WorldCluster,
  points: readonly string[],
): Promise<KilledJob> {
  const { crashPointDirectory } = world.rig.env().rig;
  const secretVersions = new Set<string>();
  const reached = new Set<string>();
  let kills = 0;
  await disarm(crashPointDirectory, ['armed', 'reached']);
  for (const point of points) armCrashPoint(crashPointDirectory, point);
  const posting = postUntilAnswered(world, cluster, `key-${cluster.address.name}`);
  const ended = whenExecuted(world, posting);
  async function killWhereReached(): Promise<void> {
    const news = reachedCrashPoints(crashPointDirectory).filter((point) => !reached.has(point));
    if (news.length === 0) return;
    for (const point of news) reached.add(point);
    kills += 1;
    await killApi(world);
  }
  await waitFor(
    'the execution has ended',
    async () => {
      await noteSecret(cluster, secretVersions);
      await killWhereReached();
      return Promise.race([ended, Promise.resolve(undefined)]);
    },
    { limitSeconds: 280, everyMilliseconds: 10 },
  );
  // A point that is still armed, or that holds a caller since the last look, would hang whoever comes next.
  await disarm(crashPointDirectory);
  await killWhereReached();
  const operation = await whenResting(world.fleet, operationPath(world, (await posting).id));
  return { operation, reached: [...reached], kills, secretVersions };
}

/** True once the operation's execution has ended, whatever had to be started again until then. */
async function whenExecuted(world: World, posting: Promise<ApiOperation>): Promise<true> {
  const { id } = await posting;
  return waitFor(
    'the execution has ended',
    async () => {
      const [status] = await executionStatuses(world, id);
      return status !== undefined && status !== 'RUNNING';
    },
    { limitSeconds: 280 },
  );
}

/** A caller that gets no answer asks again with the same key, as the API's contract says. */
function postUntilAnswered(world: World, cluster: WorldCluster, key: string): Promise<ApiOperation> {
  return waitFor('the POST is answered', async () => readOperation(await postBootstrap(world, cluster, { key })));
}

/** SIGKILL from outside; ends when the rig has started the process again and it answers. */
async function killApi(world: World): Promise<void> {
  const pid = world.rig.env().pids.api;
  process.kill(pid, 'SIGKILL');
  await waitFor('another process is the API', async () => world.rig.env().pids.api !== pid, { everyMilliseconds: 10 });
  await waitFor('it answers', async () => (await world.fleet.call('GET', world.customerPath)).status === 200, {
    everyMilliseconds: 20,
  });
}

async function noteSecret(cluster: WorldCluster, versions: Set<string>): Promise<void> {
  const secret = await cluster.api.get(fluxPaths.secret);
  if (secret) versions.add(`${secret.metadata.uid} ${secret.metadata.resourceVersion}`);
}

/** A point that is reached at this very moment is gone already. */
async function disarm(directory: string, folders: readonly string[] = ['armed']): Promise<void> {
  for (const folder of folders) {
    for (const point of await readNames(join(directory, folder))) await rm(point, { force: true });
  }
}

async function readNames(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).map((name) => join(directory, name));
}

/** What the engine says of the operation's executions: one, and `SUCCEEDED`, if all went well. */
export async function executionStatuses(world: World, operationId: string): Promise<readonly string[]> {
  const { engineUrl } = world.rig.env().rig;
  const url = `${engineUrl}/2025-12-01/functions/fleet-bootstrap/durable-executions?DurableExecutionName=${operationId}`;
  const { DurableExecutions: found } = (await (await fetch(url)).json()) as {
    readonly DurableExecutions: readonly { readonly Status: string }[];
  };
  return found.map(({ Status: status }) => status);
}
