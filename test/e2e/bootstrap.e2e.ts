import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fluxPaths } from '../support/e2e/cluster-api.ts';
import { contents, generations, snapshotCluster } from '../support/e2e/cluster-snapshot.ts';
import { flux, runCommand } from '../support/e2e/commands.ts';
import { dumpTable } from '../support/e2e/fleet-table.ts';
import { type ApiOperation, evidenceOf, readOperation, whenResting } from '../support/e2e/fleet-client.ts';
import {
  availableControllers,
  dataOf,
  defaultControllers,
  readyState,
  requestReconcile,
  runningControllers,
} from '../support/e2e/live-flux.ts';
import { greeting, greetingFile } from '../../sandbox/example-repository.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';
import { formsOf, isIn, searchFiles } from '../support/e2e/secret-search.ts';
import { startSshAgent } from '../support/e2e/ssh-agent.ts';
import { waitFor } from '../support/e2e/wait-for.ts';
import {
  bootstrap,
  createWorld,
  operationPath,
  postBootstrap,
  type World,
  type WorldCluster,
} from '../support/e2e/world.ts';

let world: World;
let cluster: WorldCluster;
let operation: ApiOperation;

beforeAll(async () => {
  world = await createWorld(sharedRig());
  [cluster] = world.clusters;
  operation = await bootstrap(world, cluster);
});

afterAll(() => world.close());

function secret() {
  return cluster.api.get(fluxPaths.secret);
}

describe('a cluster that was bootstrapped through the API', () => {
  it('has an operation that succeeded, with evidence for each step', async () => {
    expect(operation.failure).toBeUndefined();
    expect(operation.state).toBe('SUCCEEDED');
    expect(operation.steps.map(({ name, state }) => `${name}: ${state}`)).toEqual([
      'preflight: SUCCEEDED',
      'commit-manifests: SUCCEEDED',
      'apply-namespace-and-crds: SUCCEEDED',
      'apply-components: SUCCEEDED',
      'provision-deploy-key: SUCCEEDED',
      'apply-sync: SUCCEEDED',
      'await-reconciled: SUCCEEDED',
      'record: SUCCEEDED',
    ]);

    const head = await world.repository.head();
    const [key] = await world.repository.keys();
    const revision = `main@sha1:${head}`;
    expect(evidenceOf(operation, 'preflight')['checks']).toContainEqual(
      expect.objectContaining({ name: 'cluster-admin', result: 'PASS' }),
    );
    expect(evidenceOf(operation, 'commit-manifests')).toMatchObject({ commit: head });
    expect(evidenceOf(operation, 'apply-namespace-and-crds')).toMatchObject({ namespaces: ['flux-system'] });
    expect(evidenceOf(operation, 'apply-components')['objects']).toContain('Deployment/source-controller');
    expect(evidenceOf(operation, 'provision-deploy-key')).toMatchObject({
      deployKeyId: String(key?.id),
      isReadOnly: true,
    });
    expect(evidenceOf(operation, 'apply-sync')).toMatchObject({ url: world.repository.sshUrl });
    expect(evidenceOf(operation, 'await-reconciled')).toMatchObject({ revision });
    expect(evidenceOf(operation, 'record')).toMatchObject({ revision, fluxVersion: '2.9.2' });
  });

  it('has one commit of ours, with all managed files and the operation in its trailer', async () => {
    const [newest, ...others] = await world.repository.commits();

    expect(newest?.message).toContain(`Fleet-Operation: ${operation.id}`);
    expect(others.filter(({ message }) => message.includes('Fleet-Operation'))).toEqual([]);
    const folder = `flux/clusters/${cluster.id}/flux-system`;
    const files = Object.keys(await world.repository.files()).filter((path) => path.startsWith(folder));
    expect(files).toEqual([
      `${folder}/gotk-components.yaml`,
      `${folder}/gotk-sync.yaml`,
      `${folder}/kustomization.yaml`,
    ]);
  });

  it('runs four controllers, and Flux is ready at our commit', async () => {
    const revision = `main@sha1:${await world.repository.head()}`;

    expect(await availableControllers(cluster.api)).toEqual(defaultControllers);
    expect(await runningControllers(cluster)).toEqual(defaultControllers);
    expect(readyState(await cluster.api.get(fluxPaths.source))).toMatchObject({ isReady: true, revision });
    expect(readyState(await cluster.api.get(fluxPaths.sync))).toMatchObject({ isReady: true, revision });
  });

  it('gets the objects that the repository holds', async () => {
    const text = await waitFor('the greeting is there', async () => {
      const object = await cluster.api.get(fluxPaths.greeting);
      return object && dataOf(object, 'text');
    });

    expect(text).toBe('Hello from the repository');
  });

  it('shows its live state through the API', async () => {
    const { status, body } = await world.fleet.call('GET', `${cluster.path}/flux`);

    expect(status).toBe(200);
    expect(body).toMatchObject({
      reachability: { isReachable: true },
      lastKnown: { bootstrap: { operationId: operation.id, fluxVersion: '2.9.2' } },
      live: { isInstalled: true, source: { isReady: true }, sync: { isReady: true } },
    });
  });

  it('lets the caller follow the operation', async () => {
    const answer = await postBootstrap(world, cluster);
    const { id } = readOperation(answer);

    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(operationPath(world, id));
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await whenResting(world.fleet, operationPath(world, id))).state).toBe('SUCCEEDED');
  });
});

describe('the deploy key', () => {
  it("is read-only at the Git host and equals the Secret's public half", async () => {
    const keys = await world.repository.keys();

    const publicHalf = dataOf(await secret(), 'identity.pub').trim();
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({
      isReadOnly: true,
      title: expect.stringContaining(`${world.customer}/${cluster.id}`),
    });
    expect(keys[0]?.key.split(' ').slice(0, 2)).toEqual(publicHalf.split(' ').slice(0, 2));
  });

  it('is nowhere but in the cluster: not in the table, the store of the engine, a log or an answer', async () => {
    const env = world.rig.env();
    const forms = formsOf(dataOf(await secret(), 'identity'));
    const state = join(env.rig.directory, 'state');

    // The cluster's own store has it, so the search finds what is there.
    expect((await searchFiles(join(state, 'etcd'), forms)).found).not.toEqual([]);
    const table = await dumpTable(env);
    expect(table).toContain(operation.id);
    expect(isIn(table, forms)).toBe(false);
    expect(world.fleet.transcript()).toContain(operation.id);
    expect(isIn(world.fleet.transcript(), forms)).toBe(false);
    const engine = await searchFiles(env.rig.executionsDirectory, forms);
    expect(engine).toEqual({ found: [], filesRead: expect.any(Number) });
    expect(engine.filesRead).toBeGreaterThan(0);
    const elsewhere = await searchFiles(env.rig.directory, forms, [join(state, 'etcd')]);
    expect(elsewhere.found).toEqual([]);
  });
});

describe('a second bootstrap at once', () => {
  it('makes no commit and no key, changes no object, and succeeds', async () => {
    const before = { repository: await world.repository.snapshot(), cluster: await snapshotCluster(cluster.api) };

    const again = await bootstrap(world, cluster);

    expect(again.failure).toBeUndefined();
    expect(again.state).toBe('SUCCEEDED');
    expect(again.id).not.toBe(operation.id);
    expect(await world.repository.snapshot()).toEqual(before.repository);
    const after = await snapshotCluster(cluster.api);
    expect(generations(after)).toEqual(generations(before.cluster));
    expect(contents(after)).toEqual(contents(before.cluster));
    expect(again.steps.filter(({ state }) => state === 'SKIPPED').map(({ name }) => name)).toEqual([
      'commit-manifests',
      'apply-namespace-and-crds',
      'apply-components',
      'provision-deploy-key',
      'apply-sync',
    ]);
  });
});

describe("Flux's own command line", () => {
  it.each([['check'], ['get all -A'], ['reconcile source git flux-system'], ['reconcile kustomization flux-system']])(
    'works on the cluster: flux %s',
    async (command) => {
      const { exitCode, output } = await flux(world, cluster, ...command.split(' '));

      expect(exitCode, output).toBe(0);
      expect(output).not.toContain('✗');
    },
  );

  it('bootstraps the cluster as well and changes no object', async () => {
    const env = world.rig.env();
    const agent = await startSshAgent(env.rig.knownHosts);
    try {
      await world.repository.addKey('a writer', agent.publicKey, false);
      const before = { files: await world.repository.files(), cluster: await snapshotCluster(cluster.api) };

      const { exitCode, output } = await runCommand(
        env.fluxCli,
        [
          ...['bootstrap', 'git', '--silent', `--url=${world.repository.sshUrl}`, '--branch=main'],
          ...[`--path=flux/clusters/${cluster.id}`, '--interval=1m0s', `--kubeconfig=${cluster.kubeconfig}`],
        ],
        { env: agent.env },
      );

      expect(exitCode, output).toBe(0);
      expect(contents(await snapshotCluster(cluster.api))).toEqual(contents(before.cluster));
      // More than is promised: it finds our files to be what it would write itself, byte for byte.
      expect(await world.repository.files()).toEqual(before.files);
    } finally {
      await agent.stop();
    }
  });
});

describe('a change that somebody pushes', () => {
  it('reaches the cluster', async () => {
    await world.repository.write(greetingFile, greeting('Hello again'));

    await flux(world, cluster, 'reconcile', 'source', 'git', 'flux-system');

    const text = await waitFor('the change is there', async () => {
      const found = dataOf(await cluster.api.get(fluxPaths.greeting), 'text');
      return found === 'Hello again' && found;
    });
    expect(text).toBe('Hello again');
  });
});

describe('a deploy key that somebody removed at the Git host', () => {
  it('is what source-controller reads with, and is registered again by the next bootstrap', async () => {
    const ours = (await world.repository.keys()).filter(({ isReadOnly }) => isReadOnly);
    for (const { id } of ours) await world.repository.removeKey(id);
    await requestReconcile(cluster.api, fluxPaths.source);
    await waitFor('source-controller cannot read', async () => {
      const { isReady, message } = readyState(await cluster.api.get(fluxPaths.source));
      return !isReady && message.includes('unable to authenticate');
    });

    const repaired = await bootstrap(world, cluster);

    expect(repaired.failure).toBeUndefined();
    expect(repaired.state).toBe('SUCCEEDED');
    const keys = (await world.repository.keys()).filter(({ isReadOnly }) => isReadOnly);
    expect(keys.map(({ key }) => key)).toEqual(ours.map(({ key }) => key));
    expect(readyState(await cluster.api.get(fluxPaths.source)).isReady).toBe(true);
  });
});
