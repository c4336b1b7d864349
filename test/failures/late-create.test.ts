/** What was begun before a DELETE and arrives after it brings nothing back: not in the table, nor at the Git host, nor in the cluster. */
import { describe, expect, it } from 'vitest';
import { acme, gitHostName, region } from '../crash/outside.ts';
import { bootstrapOf, clusterPath, type FleetRun, givenFleet, type Ran } from './fleet-run.ts';
import { type Sleep, type Sleeper, sleepingAt } from './sleeper.ts';

const customer = `/v1/customers/${acme.customer}`;
const account = `${customer}/accounts/${acme.accountId}`;
const cluster = clusterPath(acme);
const clusterSpec = { accountId: acme.accountId, region, eksName: acme.cluster, flux: { version: '2.9.2' } };
const repository = { host: gitHostName, ...acme.repository, branch: 'main' };
const bootstrap = bootstrapOf(acme, 'late');

interface Fleet {
  readonly fleet: FleetRun;
  readonly ran: Ran;
  readonly sleeper: Sleeper;
  ask(method: string, path: string, body?: object): Promise<Response>;
  /** In the order in which the API lets them go. */
  remove(...paths: readonly string[]): Promise<void>;
}

async function given(sleep: Sleep): Promise<Fleet> {
  const fleet = await givenFleet([acme]);
  const sleeper = sleepingAt(sleep);
  const ran = await fleet.run([], { sleeper });
  const ask: Fleet['ask'] = (method, path, body) => ran.life.ask(method, path, body ? { body } : {});
  async function remove(...paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      expect([path, (await ask('DELETE', path)).status]).toEqual([path, 204]);
    }
  }
  return { ...{ fleet, ran, sleeper, ask }, remove };
}

/** Every write of ours, wherever it could land. */
function effectsOf({ fleet }: Fleet): readonly unknown[] {
  const aws = fleet.world.aws.trail.filter(({ action }) => /^eks:(Create|Update|Delete|Associate)/.test(action));
  return [...fleet.world.effects(), ...aws];
}

/** All items, with their keys as plain text. */
async function itemsOf({ fleet }: Fleet) {
  const items = await fleet.world.allItems();
  return items.map(({ pk, sk, ...rest }) => ({ ...rest, pk: textOf(pk), sk: textOf(sk) }));
}

function textOf(attribute: unknown): string {
  return (attribute as { readonly S: string }).S;
}

/** No live record, nothing that is claimed, no name taken. */
async function expectGone(fleet: Fleet, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    expect([path, (await fleet.ask('GET', path)).status]).toEqual([path, 404]);
    expect([path, (await fleet.ask('DELETE', path)).status]).toEqual([path, 404]);
  }
  const items = await itemsOf(fleet);
  const keys = new Set(paths.map(sortKeyOf));
  const records = items.filter(({ sk }) => keys.has(sk));
  expect(records).toEqual(paths.map(() => expect.objectContaining({ isDeleted: { BOOL: true } })));
  const runtimes = items.filter(({ sk }) => sk.startsWith('RUNTIME#'));
  const isFree = (runtime: object) => 'retiredVersion' in runtime && !('claimedBy' in runtime);
  expect(runtimes.filter((runtime) => !isFree(runtime))).toEqual([]);
  expect(runtimes.map(({ sk }) => sk)).toContain(`RUNTIME#${acme.cluster}`);
  // A customer that stays keeps its repository, and its account where that stays.
  const names = items.filter(({ pk }) => pk.startsWith('UNIQUE#'));
  expect(names).toHaveLength([customer, account].filter((path) => !paths.includes(path)).length);
}

function sortKeyOf(path: string): string {
  const [, , , , kind, id] = path.split('/');
  if (kind === undefined) return 'CUSTOMER';
  return `${kind === 'accounts' ? 'ACCOUNT' : 'CLUSTER'}#${id}`;
}

describe('a PUT that arrives after the DELETE', () => {
  const everything = [cluster, account, customer];
  const staging = `${customer}/clusters/staging`;
  const stagingSpec = { ...clusterSpec, eksName: 'staging' };

  it.each([
    {
      what: 'a cluster',
      at: 'dynamodb PutItem CLUSTER',
      path: cluster,
      body: { ...clusterSpec, environment: 'test' },
      gone: [cluster],
      status: 409,
    },
    {
      what: 'a cluster, before its event',
      at: 'dynamodb PutItem EVENT',
      path: cluster,
      body: { ...clusterSpec, environment: 'test' },
      gone: [cluster],
      status: 409,
    },
    {
      what: 'a customer',
      at: 'dynamodb PutItem CUSTOMER',
      path: customer,
      body: { displayName: 'Late', repository },
      gone: everything,
      status: 409,
    },
    {
      what: 'an account',
      at: 'dynamodb PutItem ACCOUNT',
      path: account,
      body: { alias: 'late' },
      gone: everything,
      status: 409,
    },
  ])('of $what changes nothing', async ({ at, path, body, gone, status }) => {
    const fleet = await given({ at });
    const late = fleet.ask('PUT', path, body);
    await fleet.sleeper.fallenAsleep;
    await fleet.remove(...gone);

    fleet.sleeper.wake();

    expect((await late).status).toBe(status);
    await expectGone(fleet, gone);
    expect(effectsOf(fleet)).toEqual([]);
  });

  it.each(['dynamodb PutItem UNIQUE', 'dynamodb PutItem RUNTIME', 'dynamodb PutItem CLUSTER'])(
    'of its customer makes no cluster in it: %s',
    async (at) => {
      const fleet = await given({ at });
      const late = fleet.ask('PUT', staging, stagingSpec);
      await fleet.sleeper.fallenAsleep;
      await fleet.remove(...everything);

      fleet.sleeper.wake();

      expect((await late).status).toBe(404);
      await expectGone(fleet, [...everything, staging]);
      expect(effectsOf(fleet)).toEqual([]);
    },
  );
});

describe('a bootstrap whose write arrives after the DELETE', () => {
  it.each(['dynamodb PutItem OPERATION', 'dynamodb UpdateItem RUNTIME'])(
    'claims nothing and begins nothing: %s',
    async (at) => {
      const fleet = await given({ at });
      const late = fleet.ran.life.ask('POST', bootstrap.path, { headers: { 'idempotency-key': bootstrap.key } });
      await fleet.sleeper.fallenAsleep;
      await fleet.remove(cluster);

      fleet.sleeper.wake();

      expect((await late).status).toBe(404);
      await fleet.ran.sequence.settle();
      await fleet.ran.sequence.passHalfAnHour();
      await expectGone(fleet, [cluster]);
      expect([...fleet.fleet.world.states.values()]).toEqual([['PENDING', 'REJECTED']]);
      expect(fleet.fleet.world.executions.records()).toEqual([]);
      expect(effectsOf(fleet)).toEqual([]);
    },
  );
});

describe('a step whose write arrives after its operation was cancelled and the cluster deleted', () => {
  it.each([
    { step: 'the first', at: 'dynamodb UpdateItem OPERATION#3', left: undefined, status: 204 },
    { step: 'one after the preflight', at: 'dynamodb UpdateItem OPERATION#5', left: ['access-entry'], status: 200 },
  ])('does nothing outside: $step', async ({ at, left, status }) => {
    const fleet = await given({ at });
    const { life, sequence } = fleet.ran;
    const { world } = fleet.fleet;
    const answer = await life.ask('POST', bootstrap.path, { headers: { 'idempotency-key': bootstrap.key } });
    const { id } = (await answer.json()) as { id: string };
    await fleet.sleeper.fallenAsleep;
    expect((await fleet.ask('POST', `${customer}/operations/${id}/cancel`)).status).toBe(202);
    await sequence.settle();
    const deleted = await fleet.ask('DELETE', `${cluster}?abandon=true`);
    expect(deleted.status).toBe(status);
    if (left) expect(await deleted.json()).toMatchObject({ abandoned: { leavings: left } });
    const before = [effectsOf(fleet), world.states.get(id)];
    expect(before).toEqual([expect.anything(), ['PENDING', 'RUNNING', 'CANCELLING', 'CANCELLED']]);

    fleet.sleeper.wake();
    await sequence.settle();

    expect(life.ended).toContainEqual({ thrown: expect.stringContaining('Invalid checkpoint token') });
    expect([effectsOf(fleet), world.states.get(id)]).toEqual(before);
    await expectGone(fleet, [cluster]);
  });
});
