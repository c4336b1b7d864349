import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fluxPaths } from '../support/e2e/cluster-api.ts';
import { readOperation, whenResting } from '../support/e2e/fleet-client.ts';
import { observe } from '../support/e2e/observe.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';
import { bootstrap, createWorld, operationPath, postBootstrap } from '../support/e2e/world.ts';
import type { World, WorldCluster } from '../support/e2e/world.ts';

interface Plan {
  readonly checks: readonly { readonly name: string; readonly result: string }[];
  readonly changes: {
    readonly files?: readonly { readonly path: string; readonly action: string }[];
    readonly objects?: readonly { readonly kind: string; readonly action: string }[];
    readonly deployKeys?: readonly { readonly action: string }[];
    readonly removals?: readonly unknown[];
  };
}

let world: World;
let cluster: WorldCluster;

beforeAll(async () => {
  world = await createWorld(sharedRig());
  [cluster] = world.clusters;
});

afterAll(() => world.close());

async function plan(): Promise<Plan> {
  const answer = await world.fleet.call('POST', `${cluster.path}/plan`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body as Plan;
}

const notPassed = ({ checks }: Plan) => checks.filter(({ result }) => result !== 'PASS').map(({ name }) => name);

/** In this order: each goes on from what the one before has left. */
describe('a cluster of the real parts', () => {
  it('is planned without anything being written, access entry included', async () => {
    const before = await observe(world, cluster);

    const { changes, ...planned } = await plan();

    expect(await observe(world, cluster)).toEqual(before);
    expect(changes.files?.map(({ action }) => action)).toEqual(['create', 'create', 'create']);
    expect(planned.checks.find(({ name }) => name === 'access-entry')?.result).toBe('WARN');
    // Nobody lets us in before there is an entry, so what would be applied is not known.
    expect(changes.objects).toBeUndefined();
  });

  it('is let go of by a bootstrap that is cancelled, and taken up by the next one', async () => {
    const begun = readOperation(await postBootstrap(world, cluster));

    const cancelled = await world.fleet.call('POST', `${operationPath(world, begun.id)}/cancel`);
    expect([200, 202]).toContain(cancelled.status);
    const ended = await whenResting(world.fleet, operationPath(world, begun.id));
    expect(ended.state).toBe('CANCELLED');
    expect(ended.steps.find(({ name }) => name === 'record')?.state).toBe('PENDING');

    const { state, failure } = await bootstrap(world, cluster);
    expect({ state, failure }).toEqual({ state: 'SUCCEEDED', failure: undefined });
  });

  it('has nothing to change according to a plan once it is bootstrapped', async () => {
    const planned = await plan();

    expect(notPassed(planned)).toEqual([]);
    expect(planned.changes).toEqual({ files: [], objects: [], deployKeys: [], removals: [] });
  });

  it('shows in lists by what it is, and in events by what was done to it', async () => {
    const found = await world.fleet.call('GET', `/v1/clusters?status=BOOTSTRAPPED&accountId=${world.accountId}`);
    expect((found.body as { items: { id: string; customer: string }[] }).items).toMatchObject([
      { id: cluster.id, customer: world.customer },
    ]);

    const events = await world.fleet.call('GET', `${world.customerPath}/events`);
    const types = (events.body as { items: { type: string }[] }).items.map(({ type }) => type).toReversed();
    expect(types).toEqual([
      ...['customer.created', 'account.created', 'cluster.created'],
      ...['operation.accepted', 'operation.cancel-requested', 'operation.ended'],
      ...['operation.accepted', 'operation.ended'],
    ]);
  });

  it('is known from before when it cannot be reached any more', async () => {
    const seen = await world.fleet.call('GET', `${cluster.path}/flux`);
    expect(seen.body).toMatchObject({ reachability: { isReachable: true } });
    const { endpoint } = await world.aws.cluster(cluster.address);
    await world.aws.patchCluster(cluster.address, { endpoint: 'https://127.0.0.1:1' });

    const answer = await world.fleet.call('GET', `${cluster.path}/flux`);
    const again = await world.fleet.call('GET', `${cluster.path}/flux`);

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      reachability: { isReachable: false, code: 'api-server-unreachable', since: expect.any(String) },
      lastKnown: { bootstrap: { fluxVersion: '2.9.2' }, observation: { live: { isInstalled: true } } },
    });
    const { since } = (answer.body as { reachability: { since: string } }).reachability;
    expect(again.body).toMatchObject({ reachability: { since } });
    await world.aws.patchCluster(cluster.address, { endpoint });
  });

  it('is forgotten only when what stays is to stay', async () => {
    const left = async () => ({
      repository: await world.repository.snapshot(),
      secret: await cluster.api.get(fluxPaths.secret),
      accessEntries: (await world.aws.cluster(cluster.address)).accessEntries,
    });
    const before = await left();
    const refused = await world.fleet.call('DELETE', cluster.path);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: 'resource-in-use',
      usedBy: ['access-entry', 'deploy-key', 'flux', 'repository-files'],
    });

    const abandoned = await world.fleet.call('DELETE', `${cluster.path}?abandon=true`);

    expect(abandoned.status, abandoned.text).toBe(200);
    expect((await world.fleet.call('GET', cluster.path)).status).toBe(404);
    expect(await left()).toEqual(before);
    expect((await world.fleet.call('DELETE', `${world.customerPath}/accounts/${world.accountId}`)).status).toBe(204);
    expect((await world.fleet.call('DELETE', world.customerPath)).status).toBe(204);
  });
});
