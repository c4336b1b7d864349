import { describe, expect, it } from 'vitest';
import { createBootstrapSteps } from '../../src/flux-bootstrap/bootstrap-cluster.steps.ts';
import { endOperation } from '../../src/operations/end-operation.ts';
import type { Ending } from '../../src/operations/end-operation.ts';
import { operationIdFor } from '../../src/operations/operation-id.ts';
import type { BootstrapOperation, Operation, OperationState } from '../../src/operations/operation.ts';
import type { ExecutionState } from '../../src/ports/workflow-engine.ts';
import { operationOf } from '../support/answers.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { caller } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';
import type { Cut, CutKind, Life } from '../support/mortal-process.ts';
import { bootstrapPath, engineMoods, expectRest, operationWorld } from '../support/operation-world.ts';
import type { EngineMood, OperationWorld } from '../support/operation-world.ts';
import { operationInState } from '../support/operations.ts';

interface Scenario {
  readonly arrange: (world: OperationWorld) => Promise<unknown>;
  /** What is cut. */
  readonly work: (world: OperationWorld) => Promise<Response | void>;
  /** What it answers when nothing is cut. */
  readonly calmStatus?: number;
  /** After the first sweep. */
  readonly between?: (world: OperationWorld) => Promise<void>;
  /** When all is at rest. */
  readonly after?: (world: OperationWorld, operations: readonly Operation[]) => Promise<void>;
}

/**
 * Each call of the work, cut in each way: what is left comes to rest. Answers with how many points there were. Calls
 * come one after another, so a crash before one is a crash after the one before it, and only the first needs its own.
 */
async function expectRestAfterEachCut(
  scenario: Scenario,
  { mood = 'works', kinds = crashes }: { readonly mood?: EngineMood; readonly kinds?: readonly CutKind[] } = {},
): Promise<number> {
  const calm = await liveThrough(scenario, { mood });
  expect(calm.calls.length, 'calls of the calm run').toBeGreaterThan(0);
  if (scenario.calmStatus !== undefined) expect(calm.answer).toMatchObject({ status: scenario.calmStatus });
  const points = calm.calls.flatMap((call, at) => cutsOf(at, kinds).map((cut) => ({ call, cut })));
  for (const { call, cut } of points) {
    const life = await named(`${call} (${cut.at}), ${cut.kind}`, () => liveThrough(scenario, { mood, cut }));
    expect(life.wasCut, `${call} (${cut.at}), ${cut.kind} was reached`).toBe(true);
    expect(life.calls[cut.at]).toBe(call);
  }
  return points.length;
}

const crashes: readonly CutKind[] = ['crash-after'];
/** Where something catches an error, a lost answer is not what a crash is. */
const allCuts: readonly CutKind[] = ['crash-after', 'answer-lost'];

function cutsOf(at: number, kinds: readonly CutKind[]): readonly Cut[] {
  return (at === 0 ? (['crash-before', ...kinds] as const) : kinds).map((kind) => ({ at, kind }));
}

async function liveThrough(
  scenario: Scenario,
  { mood, cut }: { readonly mood?: EngineMood; readonly cut?: Cut },
): Promise<Life<Response | void>> {
  const world = await operationWorld(createMemoryTable(), mood);
  await scenario.arrange(world);
  const life = await world.process.live(() => scenario.work(world), { cut });
  await world.pass(scenario.between && (() => scenario.between?.(world) ?? Promise.resolve()));
  const operations = await expectRest(world);
  await expectKept(operations, life.answer);
  await scenario.after?.(world, operations);
  return life;
}

/** What a caller was told was accepted was. */
async function expectKept(operations: readonly Operation[], answer: Response | void): Promise<void> {
  if (!answer || answer.status >= 300) return;
  const { id } = await operationOf(answer);
  const kept = operations.find((operation) => operation.id === id);
  expect(kept?.state, 'the operation that was answered').toMatch(/SUCCEEDED|FAILED|CANCELLED/);
}

async function named<T>(point: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`at ${point}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const stepsOf = (fleet: Fleet) => createBootstrapSteps(fleet.deps);

const key = { 'idempotency-key': 'key-1' };
const post = (headers: Record<string, string> = {}) => ({
  work: (world: OperationWorld) => world.fleet.call('POST', bootstrapPath, { headers }),
});

/** Asks again under the same key: the operation that it stands for, or else a new one, which comes to rest too. */
async function expectKeyToAnswer(world: OperationWorld, operations: readonly Operation[]): Promise<void> {
  const own = operations.find(({ id }) => id === idUnderKey);
  const isFree = !own || own.state === 'FAILED' || (own.state === 'REJECTED' && own.joined === undefined);

  const answer = await world.fleet.call('POST', bootstrapPath, { headers: key });

  const { id } = await operationOf(answer);
  if (!isFree) return expect([answer.status, id]).toEqual([200, own.joined ?? own.id]);
  expect(answer.status, `an answer under a key that is free`).toBe(202);
  expect(operations.map((known) => known.id)).not.toContain(id);
  await world.pass();
  await expectRest(world);
}

const idUnderKey = operationIdFor({ customer: 'acme', method: 'POST', path: bootstrapPath, key: 'key-1' }, 0);

const holders = {
  'that nobody has': { arrange: async () => undefined, calmStatus: 202 },
  'that a running operation with the same wish has': {
    arrange: async (world: OperationWorld) => hold(world, await world.desiredHash()),
    between: endHolder,
    calmStatus: 202,
  },
  'that a running operation with another wish has': {
    arrange: (world: OperationWorld) => hold(world, 'another'),
    between: endHolder,
    calmStatus: 409,
  },
  'that an operation has which ended and died': {
    arrange: (world: OperationWorld) => world.putHolder('SUCCEEDED'),
    calmStatus: 202,
  },
  'that an operation has of which nothing is left': {
    arrange: (world: OperationWorld) =>
      world.fleet.registry.claim({ customer: 'acme', cluster: 'production', operationId: 'op-gone' }),
    // Nobody looks for what nobody knows of: it is the next one that takes the cluster over.
    between: async (world: OperationWorld) => void (await post().work(world)),
    calmStatus: 202,
  },
} as const satisfies Record<string, Pick<Scenario, 'arrange' | 'between' | 'calmStatus'>>;

async function hold(world: OperationWorld, desiredHash: string): Promise<void> {
  await putHeld(world, 'RUNNING', { execution: 'running', desiredHash });
}

async function endHolder({ fleet, touch }: OperationWorld): Promise<void> {
  await touch('op-holder');
  await endOperation(fleet.deps, 'op-holder', { kind: 'succeeded' });
}

describe('a bootstrap that is cut at any call, of a cluster', () => {
  // Without a key only the item's id is another.
  it.each(Object.entries(holders).slice(0, 3))('%s: comes to rest', async (_, holder) => {
    expect(await expectRestAfterEachCut({ ...holder, ...post() })).toBeGreaterThan(5);
  });

  it.each(Object.entries(holders))('%s: comes to rest, and its key answers', async (_, holder) => {
    const scenario = { ...holder, ...post(key), after: expectKeyToAnswer };

    expect(await expectRestAfterEachCut(scenario, { kinds: allCuts })).toBeGreaterThan(10);
  });

  it.each(engineMoods.slice(1))('that nobody has: comes to rest with an engine that %s', async (mood) => {
    await expectRestAfterEachCut({ ...holders['that nobody has'], ...post(key), after: expectKeyToAnswer }, { mood });
  });
});

const holderPath = '/v1/customers/acme/operations/op-holder';
const failure = { step: 'preflight', code: 'cluster-not-found', detail: 'none', retryable: false, remedies: [] };
const recorded = { record: { state: 'SUCCEEDED', attempt: 1 } } as const;

/** A cancel that is asked for again is answered by what became of the operation. */
async function expectCancelToAnswer({ fleet }: OperationWorld, [operation]: readonly Operation[]): Promise<void> {
  const answer = await fleet.call('POST', `/v1/customers/acme/operations/${operation?.id}/cancel`);

  expect(answer.status).toBe(operation?.state === 'CANCELLED' ? 200 : 409);
}

describe('a cancel that is cut at any call', () => {
  it.each(engineMoods)('of an operation that is to begin: comes to rest with an engine that %s', async (mood) => {
    const scenario: Scenario = {
      arrange: (world) => world.fleet.call('POST', bootstrapPath),
      async work({ fleet }) {
        const [id] = await fleet.operations.listOpen(1);
        return fleet.call('POST', `/v1/customers/acme/operations/${id}/cancel`);
      },
      after: expectCancelToAnswer,
    };

    expect(await expectRestAfterEachCut(scenario, { mood })).toBeGreaterThan(4);
  });

  it.each(['stops at its next step', 'is dead'] as const)(
    'of an operation whose execution %s: comes to rest',
    async (fate) => {
      const isDead = fate === 'is dead';
      const scenario: Scenario = {
        arrange: (world) => putHeld(world, 'RUNNING', { execution: isDead ? 'failed' : 'running' }),
        work: (world) => world.fleet.call('POST', `${holderPath}/cancel`),
        async between({ fleet }) {
          if (isDead) return;
          const { state } = await operationOf(await fleet.call('GET', holderPath));
          await stepsOf(fleet).end('op-holder', { kind: state === 'CANCELLING' ? 'stopped' : 'succeeded' });
        },
        after: expectCancelToAnswer,
      };

      expect(await expectRestAfterEachCut(scenario)).toBeGreaterThan(4);
    },
  );
});

const endings = {
  succeeded: { from: 'RUNNING', ending: { kind: 'succeeded' }, state: 'SUCCEEDED' },
  failed: { from: 'RUNNING', ending: { kind: 'failed', failure }, state: 'FAILED' },
  stopped: { from: 'CANCELLING', ending: { kind: 'stopped' }, state: 'CANCELLED' },
  'succeeded although it was cancelled': { from: 'CANCELLING', ending: { kind: 'succeeded' }, state: 'SUCCEEDED' },
} as const satisfies Record<string, { from: 'RUNNING' | 'CANCELLING'; ending: Ending; state: OperationState }>;

/** `op-holder`, which has the cluster, as its execution or the sweeper meets it. */
async function putHeld(
  world: OperationWorld,
  state: OperationState,
  { execution, ...fields }: Partial<BootstrapOperation> & { readonly execution: ExecutionState },
): Promise<void> {
  const { fleet } = world;
  await world.putHolder(state === 'CANCELLING' ? 'RUNNING' : state, fields);
  if (state === 'CANCELLING') await requestCancel(fleet);
  fleet.engine.states.set('op-holder', execution);
}

async function requestCancel(fleet: Fleet): Promise<void> {
  await fleet.operations.requestCancel('op-holder', { at: fleet.clock.now().toISOString(), caller });
}

describe('the end of an operation that is cut at any call', () => {
  it.each(Object.entries(endings))('%s: is made by the next attempt', async (_, { from, ending, state }) => {
    const end = ({ fleet }: OperationWorld) => stepsOf(fleet).end('op-holder', ending);
    const scenario: Scenario = {
      arrange: (world) => putHeld(world, from, { execution: 'running' }),
      work: end,
      between: end,
      after: async (_world, [operation]) => expect(operation).toMatchObject({ id: 'op-holder', state }),
    };

    expect(await expectRestAfterEachCut(scenario)).toBeGreaterThan(5);
  });

  it.each(['succeeded', 'stopped'] as const)('%s: is finished by the sweeper when there is none', async (name) => {
    const { from, ending } = endings[name];
    const scenario: Scenario = {
      arrange: (world) => putHeld(world, from, { execution: 'failed' }),
      work: ({ fleet }) => stepsOf(fleet).end('op-holder', ending),
    };

    expect(await expectRestAfterEachCut(scenario)).toBeGreaterThan(5);
  });
});

describe('the beginning of an execution that is cut at any call', () => {
  const isCancelled = { 'is to run': false, 'was cancelled before': true };

  it.each(Object.entries(isCancelled))('is made by the next attempt when it %s', async (_, cancelled) => {
    const scenario: Scenario = {
      async arrange(world) {
        await world.putHolder('PENDING', unbegun);
        if (cancelled) await requestCancel(world.fleet);
        world.fleet.engine.started.add('op-holder');
      },
      work: async ({ fleet }) => void (await stepsOf(fleet).begin('op-holder')),
    };

    for (const mood of ['works', 'dies'] as const) await expectRestAfterEachCut(scenario, { mood });
  });
});

const unbegun = { startedAt: undefined, heartbeatAt: undefined };

const sweeps = {
  'that nobody claimed for': { arrange: (world) => putOwn(world) },
  'whose cluster one with the same wish has': {
    async arrange(world) {
      await hold(world, 'desired');
      await putOwn(world);
    },
    between: endHolder,
  },
  'whose cluster one with another wish has': {
    async arrange(world) {
      await hold(world, 'another');
      await putOwn(world);
    },
    between: endHolder,
  },
  'that nobody could start for too long': {
    async arrange(world) {
      await world.putHolder('PENDING', { ...unbegun, starts: 3 });
      world.fleet.clock.advance(11 * 60_000);
    },
  },
  'whose execution died': { arrange: (world) => putDead(world, 'RUNNING') },
  'whose execution died after its work': { arrange: (world) => putDead(world, 'RUNNING', { steps: recorded }) },
  'whose execution died while it was cancelled': { arrange: (world) => putDead(world, 'CANCELLING') },
  'whose end was not finished': { arrange: (world) => world.putHolder('FAILED', { failure }) },
} satisfies Record<string, Pick<Scenario, 'arrange' | 'between'>>;

/** Its request died before it had the cluster. */
async function putOwn({ fleet }: OperationWorld): Promise<void> {
  await fleet.operations.putIfAbsent(operationInState('PENDING', { createdAt: fleet.clock.now().toISOString() }));
  fleet.clock.advance(6000);
}

async function putDead(
  world: OperationWorld,
  state: OperationState,
  fields: Partial<BootstrapOperation> = {},
): Promise<void> {
  await putHeld(world, state, { execution: 'failed', ...fields });
  world.fleet.clock.advance(180_000);
}

describe('a sweep that is cut at any call, of an operation', () => {
  const work = async (world: OperationWorld) => void (await world.sweep());

  it.each(Object.entries<Pick<Scenario, 'arrange' | 'between'>>(sweeps))('%s: comes to rest', async (_, scenario) => {
    expect(await expectRestAfterEachCut({ ...scenario, work })).toBeGreaterThan(5);
  });

  it('that is to be started: comes to rest when an answer is lost, too', async () => {
    const scenario = { ...sweeps['that nobody claimed for'], work };

    expect(await expectRestAfterEachCut(scenario, { kinds: ['no-answer', 'answer-lost'] })).toBeGreaterThan(10);
  });
});

/** No more calls are in one sweep of one operation. */
const mostCalls = 20;

describe('a bootstrap that is cut, followed by a sweep that is cut', () => {
  it.each(Object.entries(holders).slice(0, 1))('on a cluster %s: comes to rest', async (_, holder) => {
    const scenario: Scenario = { ...holder, ...post() };
    const { calls } = await liveThrough(scenario, {});
    let pairs = 0;
    for (const first of calls.keys()) {
      for (let second = 0; second < mostCalls; second += 1) {
        const point = `${calls[first]} (${first}), then call ${second} of the sweep`;
        const sweep = await named(point, () => liveThroughTwice(scenario, { first, second }));
        if (!sweep.wasCut) break;
        pairs += 1;
      }
    }
    expect(pairs).toBeGreaterThanOrEqual(calls.length * 2);
  });
});

/** A crash after one call is what a crash before the next one is. */
async function liveThroughTwice(
  scenario: Scenario,
  { first, second }: { readonly first: number; readonly second: number },
): Promise<Life<unknown>> {
  const world = await operationWorld(createMemoryTable());
  await scenario.arrange(world);
  const cut = await world.process.live(() => scenario.work(world), { cut: { at: first, kind: 'crash-after' } });
  expect(cut.wasCut, 'the first cut was reached').toBe(true);
  world.fleet.clock.advance(6000);
  const sweep = await world.process.live(() => world.sweep(), { cut: { at: second, kind: 'crash-after' } });
  await world.pass(() => scenario.between?.(world) ?? Promise.resolve());
  await expectRest(world);
  return sweep;
}
