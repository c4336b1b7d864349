import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deleteCustomer, putCustomer } from '../../src/customers/customer.service.ts';
import { listEvents } from '../../src/events/event.service.ts';
import { createMemoryTable, type MemoryTable } from '../support/memory-table.ts';
import { account, clusterPath, clusterSpec, customerSpec, makeFleet } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';
import { byStretches, interleave } from '../support/interleave.ts';
import { mortalProcess } from '../support/mortal-process.ts';
import type { Cut, CutKind, Life, LifeOptions, MortalProcess } from '../support/mortal-process.ts';
import { eventsOf, expectOneLine, withRecordHistory } from '../support/record-history.ts';
import type { RecordWrite } from '../support/record-history.ts';
import { shownEvents } from '../support/shown-events.ts';
import type { ShownEvent } from '../support/shown-events.ts';

interface World {
  readonly fleet: Fleet;
  readonly process: MortalProcess;
  /** Since `arrange`. */
  readonly history: readonly RecordWrite[];
  /** A process of its own; the clock goes on with each of its calls. */
  live(work: Work, options?: Pick<LifeOptions, 'cut'>): Promise<Life<Response>>;
}

type Work = (fleet: Fleet) => Promise<Response>;

async function given(table: MemoryTable, arrange: (fleet: Fleet) => Promise<unknown>): Promise<World> {
  const { table: watched, history } = withRecordHistory(table);
  const fleet = makeFleet(watched);
  const process = mortalProcess(fleet);
  await arrange(fleet);
  const onCall = () => fleet.clock.advance(1);
  return {
    ...{ fleet, process, history },
    live: (work, options = {}) => process.live(() => work(fleet), { ...options, onCall }),
  };
}

const put =
  (path: string, body: object): Work =>
  (fleet) =>
    fleet.call('PUT', path, { body });
const remove =
  (path: string): Work =>
  (fleet) =>
    fleet.call('DELETE', path);
const customerPath = '/v1/customers/acme';
const accountPath = `${customerPath}/accounts/${account}`;
const otherRepository = { ...customerSpec.repository, name: 'other' };

type Change = readonly [before: (fleet: Fleet) => Promise<unknown>, request: Work, after?: object];

const changes: Readonly<Record<string, Change>> = {
  'a customer is created': [async () => undefined, put(customerPath, customerSpec), customerSpec],
  'a customer is replaced': [
    seedCustomer,
    put(customerPath, { ...customerSpec, displayName: 'Other' }),
    { ...customerSpec, displayName: 'Other' },
  ],
  'a customer gets another repository': [
    seedCustomer,
    put(customerPath, { ...customerSpec, repository: otherRepository }),
    { ...customerSpec, repository: otherRepository },
  ],
  'a customer is deleted': [seedCustomer, remove(customerPath)],
  'a customer is created again': [deletedCustomer, put(customerPath, customerSpec), customerSpec],
  'an account is created': [seedCustomer, put(accountPath, { alias: 'production' }), { alias: 'production' }],
  'an account is replaced': [putAccount, put(accountPath, { alias: 'other' }), { alias: 'other' }],
  'an account is deleted': [putAccount, remove(accountPath)],
  'a cluster is created': [putAccount, put(clusterPath, clusterSpec), clusterSpec],
  'a cluster is replaced': [
    putCluster,
    put(clusterPath, { ...clusterSpec, environment: 'staging' }),
    { ...clusterSpec, environment: 'staging' },
  ],
  'a cluster is deleted': [putCluster, remove(clusterPath)],
  'a cluster is abandoned': [usedCluster, remove(`${clusterPath}?abandon=true`), { abandoned: { leavings: ['flux'] } }],
  'a cluster that is half deleted is taken back': [halfDeletedCluster, put(clusterPath, clusterSpec), clusterSpec],
  'a cluster is created again': [deletedCluster, put(clusterPath, clusterSpec), clusterSpec],
};

async function seedCustomer({ registry, clock }: Fleet): Promise<void> {
  const record = { id: 'acme', spec: customerSpec, externalId: 'ID', ...firstVersion(clock.now()) };
  await registry.putCustomer(record, 'seed-1');
  clock.advance(1);
}

async function deletedCustomer(fleet: Fleet): Promise<void> {
  await seedCustomer(fleet);
  await fleet.registry.deleteCustomer('acme', { version: 2, changedBy: 'seed-2' });
}

async function putAccount(fleet: Fleet): Promise<void> {
  await seedCustomer(fleet);
  const record = { customer: 'acme', id: account, spec: { alias: 'production' }, ...firstVersion(fleet.clock.now()) };
  await fleet.registry.putAccount(record, 'seed-3');
}

async function putCluster(fleet: Fleet): Promise<void> {
  await putAccount(fleet);
  await fleet.registry.createRuntime('acme', 'production', 0);
  const record = { customer: 'acme', id: 'production', spec: clusterSpec, ...firstVersion(fleet.clock.now()) };
  await fleet.registry.putCluster(record, 'seed-4');
}

async function usedCluster(fleet: Fleet): Promise<void> {
  await putCluster(fleet);
  const holder = { customer: 'acme', cluster: 'production', operationId: 'op-1' };
  await fleet.registry.claim(holder);
  const ended = { id: 'op-1', kind: 'bootstrap-cluster', state: 'SUCCEEDED', endedAt: 'then' } as const;
  await fleet.registry.release({ ...holder, finished: { ...ended, leavings: ['flux'] } });
}

async function halfDeletedCluster(fleet: Fleet): Promise<void> {
  await putCluster(fleet);
  await fleet.registry.retire({ customer: 'acme', cluster: 'production', abandon: false, version: 1 });
}

async function deletedCluster(fleet: Fleet): Promise<void> {
  await halfDeletedCluster(fleet);
  await fleet.registry.deleteCluster('acme', 'production', { version: 2, changedBy: 'seed-5' });
}

function firstVersion(now: Date) {
  return { version: 1, createdAt: now.toISOString(), updatedAt: now.toISOString() };
}

/** As a client does that wants its change to be. */
async function repeat(world: World, work: Work): Promise<void> {
  for (let tries = 0; tries < 3; tries += 1) {
    const { answer } = await world.live(work);
    if (answer && (answer.ok || answer.status === 404)) return;
  }
  throw new Error('the request does not get through');
}

/** All that happened, each once and nothing else; twice, since a reader mends what it finds. */
async function expectItsEvents({ fleet, history }: World): Promise<readonly ShownEvent[]> {
  expectOneLine(history);
  const seeded = history.filter(({ changedBy }) => changedBy.startsWith('seed-')).length;
  const expected = eventsOf(history).slice(seeded);
  for (const time of ['first', 'second']) {
    const shown = await shownEvents(fleet);
    expect(
      shown.map(({ id }) => id),
      `ids at the ${time} look`,
    ).toEqual(expected.map(({ id }) => id));
    expect(shown, `at the ${time} look`).toMatchObject(expected.map(withoutAbsent));
    for (const [index, { before }] of expected.entries()) {
      if (before === undefined) expect(shown[index]).not.toHaveProperty('before');
    }
  }
  return shownEvents(fleet);
}

function withoutAbsent(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined));
}

/** A crash before a call is a crash after the one before it; and nothing here catches a lost answer. */
function cutsOf(calls: readonly string[]): readonly (Cut & { readonly call: string })[] {
  const kindsAt = (at: number): readonly CutKind[] => (at === 0 ? ['crash-before', 'crash-after'] : ['crash-after']);
  return calls.flatMap((call, at) => kindsAt(at).map((kind) => ({ call, at, kind })));
}

async function named(point: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`at ${point}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

describe('the events, when', () => {
  it.each(Object.entries(changes))('%s by a request that is cut at any call, are what happened', async (_, change) => {
    const [arrange, work, after] = change;
    const calm = await given(createMemoryTable(), arrange);
    const { calls } = await calm.live(work);
    expect(calls).toContain('events.intend');
    const told = await expectItsEvents(calm);
    expect(told.at(-1)?.after).toEqual(after);

    for (const { call, ...cut } of cutsOf(calls)) {
      await named(`${call} (${cut.at}), ${cut.kind}`, async () => {
        const world = await given(createMemoryTable(), arrange);
        const life = await world.live(work, { cut });
        expect(life.wasCut, 'the point was reached').toBe(true);
        // Whoever looks in between must not mend too much.
        if (cut.at % 2 === 0) await expectItsEvents(world);
        await repeat(world, work);
        await expectItsEvents(world);
      });
    }
  });
});

describe('a reader of the events that is cut at any call', () => {
  const read: Work = (fleet) => fleet.call('GET', `${customerPath}/events`);
  const ends = { 'was made': 'registry.putCustomer', 'came to nothing': 'events.intend' };

  it.each(Object.entries(ends))('leaves the next one to find whether a change %s', async (_, lastCall) => {
    const [arrange, work] = [seedCustomer, put(customerPath, { ...customerSpec, displayName: 'Other' })];
    const third = put(customerPath, { ...customerSpec, displayName: 'Third' });
    const calm = await given(createMemoryTable(), arrange);
    const { calls } = await calm.live(work);
    let isWithin = true;
    for (let at = 0; isWithin; at += 1) {
      const world = await given(createMemoryTable(), arrange);
      await world.live(work, { cut: { at: calls.indexOf(lastCall), kind: 'crash-after' } });
      // Another change makes it certain that the first came to nothing.
      if (lastCall === 'events.intend') await repeat(world, third);
      isWithin = (await world.live(read, { cut: { at, kind: 'crash-after' } })).wasCut;
      await named(`call ${at}`, () => expectItsEvents(world));
    }
  });
});

describe('a change and a look at the events', () => {
  const rename = (displayName: string) => put(customerPath, { ...customerSpec, displayName });
  const read: Work = (fleet) => fleet.call('GET', `${customerPath}/events`);
  const pairs: Readonly<Record<string, { slow: Work; other: Work }>> = {
    'a change and a look': { slow: rename('Other'), other: read },
    'a look and a change': { slow: read, other: rename('Other') },
    'a change and another one': { slow: rename('Other'), other: rename('Third') },
    'a change and a deletion': { slow: rename('Other'), other: remove(customerPath) },
  };

  it.each(Object.entries(pairs))('agree, wherever one is overtaken by the other: %s', async (_, { slow, other }) => {
    let isWithin = true;
    for (let at = 0; isWithin; at += 1) {
      const world = await given(createMemoryTable(), seedCustomer);
      // The change before was made, and not confirmed.
      const { calls } = await world.live(rename('First'), { cut: { at: 3, kind: 'crash-after' } });
      expect(calls.at(-1)).toBe('registry.putCustomer');
      const before = idsOf(world);
      const { answer, isReached } = await overtaken(world, { slow, other, at });
      const body = (await answer?.json()) as { readonly items?: readonly ShownEvent[] };
      const shown = body.items?.map(({ id }) => id).toReversed();
      if (shown) expect([before, idsOf(world)], `seen before call ${at}`).toContainEqual(shown);
      await named(`before call ${at}`, () => expectItsEvents(world));
      isWithin = isReached;
    }
  });
});

function idsOf({ history }: World): readonly string[] {
  return history.map(({ changedBy }) => changedBy).filter((id) => !id.startsWith('seed-'));
}

/** `other` does all of its work just before that call of `slow`, if there is such a call. */
async function overtaken(
  world: World,
  { slow, other, at }: { readonly slow: Work; readonly other: Work; readonly at: number },
): Promise<{ readonly answer: Response | undefined; readonly isReached: boolean }> {
  let calls = 0;
  const onCall = async () => {
    world.fleet.clock.advance(1);
    calls += 1;
    if (calls === at + 1) await world.live(other);
  };
  const { answer } = await world.process.live(() => slow(world.fleet), { onCall });
  expect(answer?.status).toBeLessThan(500);
  return { answer, isReached: calls > at };
}

const callers = ['arn:aws:iam::999988887777:role/one', 'arn:aws:iam::999988887777:role/two'] as const;
const anyCut = fc.record({
  at: fc.nat(12),
  kind: fc.constantFrom<CutKind>('crash-before', 'crash-after', 'no-answer', 'answer-lost'),
});
/** A name is a PUT of a customer of that name. */
const anyAction = fc.record({
  does: fc.constantFrom('one', 'two', 'delete', 'read', 'read'),
  cut: fc.option(anyCut, { nil: undefined, freq: 4 }),
});
const anyActions = fc.array(anyAction, { minLength: 1, maxLength: 3 });
const anyRun = fc.record({
  actors: fc.tuple(anyActions, anyActions, anyActions),
  stretches: fc.array(fc.record({ pick: fc.nat(2), turns: fc.integer({ min: 1, max: 8 }) }), { minLength: 8 }),
});
type Run = typeof anyRun extends fc.Arbitrary<infer T> ? T : never;
type Action = Run['actors'][number][number];

/** What one look at the events showed, between what had happened before it and what had after it. */
interface Look {
  readonly before: readonly string[];
  readonly shown: readonly string[];
  readonly after: readonly string[];
}

/** One customer, whoever works on it, and what really became of it. */
interface Shared {
  readonly id: string;
  readonly fleet: Fleet;
  readonly process: MortalProcess;
  readonly history: readonly RecordWrite[];
  /** Who made each write of the history. */
  readonly authors: string[];
  readonly looks: Look[];
}

async function act({ id, fleet }: Shared, does: Action['does'], caller: string): Promise<void> {
  const request = { id, precondition: { mustBeNew: false }, actor: { caller } };
  if (does === 'delete') return deleteCustomer(fleet.deps, request);
  const repository = { ...customerSpec.repository, name: id };
  await putCustomer(fleet.deps, { ...request, spec: { displayName: does, repository } });
}

async function look({ id, fleet, history, looks }: Shared): Promise<void> {
  if (history.length === 0) return;
  const before = history.map(({ changedBy }) => changedBy);
  const { items } = await listEvents(fleet.deps, { customer: id, size: 200 });
  const shown = items.map((event) => event.id).toReversed();
  looks.push({ before, shown, after: history.map(({ changedBy }) => changedBy) });
}

/** The actions one after another, each as a process of its own. */
async function actAll(
  shared: Shared,
  {
    actions,
    caller,
    turn,
  }: { readonly actions: readonly Action[]; readonly caller: string; turn: () => Promise<void> },
): Promise<void> {
  const { process, history, authors, fleet } = shared;
  // Between two turns nobody else moves.
  const sign = () => {
    while (authors.length < history.length) authors.push(caller);
  };
  const onCall = async () => {
    sign();
    await turn();
    fleet.clock.advance(1);
  };
  for (const { does, cut } of actions) {
    await process.live(() => (does === 'read' ? look(shared) : act(shared, does, caller)), { cut, onCall });
    sign();
  }
}

function expectTrueLooks({ looks }: Shared): void {
  for (const { before, shown, after } of looks) {
    expect(shown, 'nothing that does not happen').toEqual(after.slice(0, shown.length));
    expect(shown.slice(0, before.length), 'all that has happened').toEqual(before);
  }
}

/** On a busy machine it is fewer runs, not more time. */
const longestMs = 6000;

describe('the events of a customer that many change at once', () => {
  it('are the history of its record: none is lost and none is false', async () => {
    const table = createMemoryTable();
    const until = performance.now() + longestMs;
    let runs = 0;
    const property = fc.asyncProperty(anyRun, async ({ actors, stretches }) => {
      if (performance.now() > until) return;
      runs += 1;
      const id = `customer-${runs}`;
      const { table: watched, history } = withRecordHistory(table);
      const fleet = makeFleet(watched);
      const shared: Shared = { id, fleet, process: mortalProcess(fleet), history, authors: [], looks: [] };
      const works = actors.map(
        (actions, actor) => (turn: () => Promise<void>) =>
          actAll(shared, { actions, caller: callers[actor % 2] ?? '', turn }),
      );

      await interleave(works, byStretches(stretches));

      expectOneLine(history);
      expectTrueLooks(shared);
      const shown = await shownEvents(fleet, id);
      expect(shown.map((event) => event.id)).toEqual(history.map(({ changedBy }) => changedBy));
      expect(shown.map(({ caller }) => caller)).toEqual(shared.authors);
      expect(shown).toMatchObject(eventsOf(history).map(withoutAbsent));
    });

    await fc.assert(property, { numRuns: 40 });

    expect(runs).toBeGreaterThan(20);
  });
});
