import { describe, expect, it } from 'vitest';
import { createBootstrapSteps } from '../../src/flux-bootstrap/bootstrap-cluster.steps.ts';
import { operationIdFor } from '../../src/operations/operation-id.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { bootstrapPath, expectRest, operationWorld } from '../support/operation-world.ts';
import type { OperationWorld } from '../support/operation-world.ts';

type Work = (world: OperationWorld) => Promise<unknown>;

const ownId = operationIdFor({ customer: 'acme', method: 'POST', path: bootstrapPath, key: 'key-1' }, 0);
const request: Work = ({ fleet }) => fleet.call('POST', bootstrapPath, { headers: { 'idempotency-key': 'key-1' } });
const otherRequest: Work = ({ fleet }) => fleet.call('POST', bootstrapPath, { body: { allowPrune: true } });
const cancel: Work = ({ fleet }) => fleet.call('POST', `/v1/customers/acme/operations/${ownId}/cancel`);
const engine: Work = (world) => world.runEngine();
const endHolder: Work = ({ fleet }) => createBootstrapSteps(fleet.deps).end('op-holder', { kind: 'succeeded' });
const sweepAfter =
  (seconds: number): Work =>
  async (world) => {
    world.fleet.clock.advance(seconds * 1000);
    await world.sweep();
  };

/** It was started, and is gone. */
const engineLosesIt: Work = async ({ fleet }) => fleet.engine.started.clear();

/** The same request again, by a process that dies when it has the cluster. */
const dyingRequest: Work = async (world) => {
  const cut = { at: 3, kind: 'crash-after' } as const;
  const { calls } = await world.process.live(() => request(world), { cut });
  expect(calls.slice(1)).toEqual(['operations.putIfAbsent', 'operations.get', 'registry.claim']);
};

type Interlopers = Readonly<Record<string, readonly Work[]>>;

/** What may happen, all of it, between two calls of the one that is slow. */
const onFree: Interlopers = {
  'the same request, which runs to its end': [request, engine],
  'another request': [otherRequest],
  'a cancel': [cancel],
  'a sweep, and its end': [sweepAfter(6), engine],
  'sweeps that give it up': [...[6, 60, 60].flatMap((s) => [sweepAfter(s), engineLosesIt]), sweepAfter(11 * 60)],
};
const onHeld: Interlopers = {
  'another request': [endHolder, otherRequest],
  'the same request': [endHolder, request],
  'the same request, which runs to its end': [endHolder, request, engine],
  'a cancel': [endHolder, cancel],
  'a sweep, and its end': [endHolder, sweepAfter(6), engine],
  'a sweep before that': [sweepAfter(6), endHolder],
};

/** Runs `slow` once for each of its calls, with the interlopers between that call and the one before it. */
async function expectRestWithin(arrange: Work, { slow, others }: { slow: Work; others: readonly Work[] }) {
  let isWithin = true;
  for (let at = 0; isWithin; at += 1) {
    const world = await operationWorld(createMemoryTable());
    await arrange(world);
    let calls = 0;
    isWithin = false;
    const onCall = async () => {
      calls += 1;
      if (calls !== at + 1) return;
      isWithin = true;
      for (const other of others) await apart(world, other);
    };
    const { error } = await world.process.live(() => slow(world), { onCall });
    expect(error).toBeUndefined();
    await world.pass(async () => void (await endHolder(world)));
    await named(at, () => expectRest(world));
  }
}

async function named(at: number, check: () => Promise<unknown>): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw new Error(`before call ${at}: ${String(error)}`, { cause: error });
  }
}

async function hold(world: OperationWorld): Promise<void> {
  await world.putHolder('RUNNING', { desiredHash: 'another' });
  world.fleet.engine.states.set('op-holder', 'running');
}

/** As a request leaves it that dies before it has the cluster. */
async function putOwn(world: OperationWorld): Promise<void> {
  const { calls } = await world.process.live(() => request(world), { cut: { at: 1, kind: 'crash-after' } });
  expect(calls).toEqual(['registry.read', 'operations.putIfAbsent']);
  world.fleet.clock.advance(6000);
}

async function holdAndPutOwn(world: OperationWorld): Promise<void> {
  await hold(world);
  await putOwn(world);
}

describe('a request that is slow', () => {
  it.each(Object.entries(onFree))('is not confused by %s', async (_, others) => {
    await expectRestWithin(async () => undefined, { slow: request, others });
  });

  it.each(Object.entries(onHeld))('is not confused by the end of who has the cluster, and %s', async (_, others) => {
    await expectRestWithin(hold, { slow: request, others });
  });

  it('rejects its operation when the same request died with the cluster, and gives that back', async () => {
    const world = await operationWorld(createMemoryTable());
    await hold(world);
    const onCall = async (call: string) => {
      if (call !== 'operations.end') return;
      await endHolder(world);
      await dyingRequest(world);
    };

    const { answer } = await world.process.live(() => request(world), { onCall: outside(world, onCall) });

    expect(answer).toMatchObject({ status: 409 });
    expect(await world.look()).toMatchObject({ claimedBy: undefined, open: [] });
    await expectRest(world);
  });
});

describe('a sweep that is slow', () => {
  it.each(Object.entries(onFree).slice(0, 4))('with an operation to start is not confused by %s', async (_, others) => {
    await expectRestWithin(putOwn, { slow: sweepAfter(0), others });
  });

  it.each(Object.entries(onHeld).slice(1))('with an operation to reject is not confused by %s', async (_, others) => {
    await expectRestWithin(holdAndPutOwn, { slow: sweepAfter(0), others });
  });

  it('leaves the cluster to an operation that began, and was cancelled, when it was to be given up', async () => {
    const world = await operationWorld(createMemoryTable());
    await world.process.live(() => request(world));
    for (const seconds of [6, 60]) await sweepAfter(seconds)(world);
    await engineLosesIt(world);
    const onCall = async (call: string) => {
      if (call !== 'operations.end') return;
      await createBootstrapSteps(world.fleet.deps).begin(ownId);
      await cancel(world);
    };

    const { error } = await world.process.live(() => sweepAfter(11 * 60)(world), { onCall: outside(world, onCall) });

    expect(error).toBeUndefined();
    expect(await world.look()).toMatchObject({ claimedBy: ownId, operations: [{ state: 'CANCELLING' }] });
  });

  it('counts what an execution recorded until it died', async () => {
    const world = await operationWorld(createMemoryTable());
    await world.putHolder('RUNNING');
    world.fleet.engine.states.set('op-holder', 'failed');
    const onCall = async (call: string) => {
      if (call !== 'engine.describe') return;
      const at = world.fleet.clock.now().toISOString();
      await world.fleet.operations.saveStep('op-holder', 'record', { state: 'SUCCEEDED', attempt: 1, at });
    };

    const { error } = await world.process.live(() => sweepAfter(180)(world), { onCall: outside(world, onCall) });

    expect(error).toBeUndefined();
    expect(await world.look()).toMatchObject({ claimedBy: undefined, operations: [{ state: 'SUCCEEDED' }] });
  });
});

/** What another process does before a call. */
function outside(world: OperationWorld, work: (call: string) => Promise<void>) {
  return (call: string) => apart(world, () => work(call));
}

/** As a process of its own. */
async function apart(world: OperationWorld, work: Work): Promise<void> {
  const { error } = await world.process.live(() => work(world));
  if (error !== undefined) throw new Error('the other process failed', { cause: error });
}
