import { describe, expect, it } from 'vitest';
import { createBootstrapSteps } from '../../src/flux-bootstrap/bootstrap-cluster.steps.ts';
import { bootstrapSteps } from '../../src/operations/operation.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { sweepOperations } from '../../src/operations/sweep-operations.ts';
import { operationOf } from '../support/answers.ts';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { acme, clusterPath, makeFleet } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';
import { expectRest, operationWorld } from '../support/operation-world.ts';
import type { OperationWorld } from '../support/operation-world.ts';
import { shownEvents } from '../support/shown-events.ts';

async function given() {
  const fleet = makeFleet(createMemoryTable());
  /** Runs when the engine has just begun to wait for something, which comes only after it. */
  const waits: { onWait?: () => Promise<void> } = {};
  Object.assign(fleet.clock.engine, { schedule: waitingFor(fleet.clock.engine.schedule, waits) });
  await fleet.register();
  const { id } = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`));
  const cancel = () => fleet.call('POST', `/v1/customers/acme/operations/${id}/cancel`);
  /** Once, and what was begun by then. */
  const begun = new Set<string>();
  let isCancelled = false;
  const cancelOnce = async () => {
    if (isCancelled) return;
    isCancelled = true;
    const answer = await cancel();
    expect(answer.status).toBe(202);
    const { state, steps } = await operationOf(answer);
    expect(state).toBe('CANCELLING');
    for (const step of steps) if (step.state !== 'PENDING') begun.add(step.name);
  };
  return { fleet, id, cancel, cancelOnce, begun, waits, ...(await bootstrapEngine(fleet)) };
}

type Schedule = Fleet['clock']['engine']['schedule'];

/** What is due at once, and what is too far away for this clock to call, is no wait. */
function waitingFor(schedule: Schedule, waits: { readonly onWait?: () => Promise<void> }): Schedule {
  return (delayMilliseconds, run) => {
    const isWait = delayMilliseconds >= 1000 && delayMilliseconds <= 60_000;
    if (!waits.onWait || !isWait) return schedule(delayMilliseconds, run);
    let cancelTimer = (): void => undefined;
    void waits.onWait().then(() => {
      cancelTimer = schedule(delayMilliseconds, run);
    });
    return () => cancelTimer();
  };
}

type Given = Awaited<ReturnType<typeof given>>;

/** The cluster is free, nothing was begun after the cancel, and all of it is in the events. */
async function expectStopped({ fleet, begun }: Given, operation: Operation): Promise<void> {
  const touched = bootstrapSteps.filter((name) => operation.steps[name] !== undefined);
  expect(touched.toSorted()).toEqual([...begun].toSorted());
  expect((await fleet.registry.getRuntime('acme', 'production'))?.claimedBy).toBeUndefined();
  expect(await fleet.operations.listOpen(10)).toEqual([]);
  const told = (await shownEvents(fleet)).filter(({ resource }) => resource.endsWith(operation.id));
  expect(told.map(({ type }) => type)).toEqual(['operation.accepted', 'operation.cancel-requested', 'operation.ended']);
  expect(told[2]).toMatchObject({ before: { state: 'CANCELLING' }, after: { state: operation.state } });
}

/** What was done stays done: the next one finds it and does the rest. */
async function expectNextToSucceed({ fleet, bootstrap }: Given, before: Operation): Promise<void> {
  const operation = await bootstrap();

  expect(operation).toMatchObject({ state: 'SUCCEEDED' });
  expect(operation.id).not.toBe(before.id);
  expect(await fleet.operations.get(before.id)).toEqual(before);
  expect(fleet.git.repository(acme).branches.get('main')).toHaveLength(2);
  expect(fleet.git.repository(acme).deployKeys).toHaveLength(1);
  if (before.steps['commit-manifests']?.state !== 'SUCCEEDED') return;
  expect(operation.steps['commit-manifests']).toMatchObject({ state: 'SKIPPED' });
}

describe('a bootstrap that is cancelled', () => {
  it.each(bootstrapSteps)('before %s begins: ends CANCELLED', async (name) => {
    const world = await given();
    world.fleet.faults.operations.onCall('beginStep', async (_, step) => {
      if ((step as { name: string }).name === name) await world.cancelOnce();
    });

    const operation = await world.run(world.id);

    expect(operation.state).toBe('CANCELLED');
    expect(operation.failure).toBeUndefined();
    expect(operation.steps[name]).toBeUndefined();
    await expectStopped(world, operation);
  });

  it.each(bootstrapSteps)('while %s is at work: finishes that, and the next one succeeds', async (name) => {
    const world = await given();
    world.fleet.faults.operations.onCall('saveStep', async (_, step) => {
      if (step === name) await world.cancelOnce();
    });

    const operation = await world.run(world.id);

    // The last step is the work itself.
    expect(operation.state).toBe(name === 'record' ? 'SUCCEEDED' : 'CANCELLED');
    expect(operation.steps[name]).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
    await expectStopped(world, operation);
    await expectNextToSucceed(world, operation);
  });

  it('before it begins: does nothing', async () => {
    const world = await given();
    await world.cancelOnce();

    const operation = await world.run(world.id);

    expect(operation.state).toBe('CANCELLED');
    expect(world.fleet.faults.eks.calls).toEqual([]);
    expect(world.fleet.faults.git.calls).toEqual([]);
    await expectStopped(world, operation);
    await expectNextToSucceed(world, operation);
  });

  it('in a durable wait: does not look again', async () => {
    const world = await given();
    const flux = world.fleet.kubernetes.controllers.pop();
    world.waits.onWait = async () => {
      const operation = await world.fleet.operations.get(world.id);
      if (operation?.steps['await-reconciled']?.state === 'RUNNING') await world.cancelOnce();
    };

    const operation = await world.run(world.id);

    expect(operation.state).toBe('CANCELLED');
    expect(operation.steps['await-reconciled']).toMatchObject({ state: 'RUNNING', attempt: 1 });
    await expectStopped(world, operation);
    if (flux) world.fleet.kubernetes.controllers.push(flux);
    await expectNextToSucceed(world, operation);
  });

  it('when all its work is done: ends SUCCEEDED', async () => {
    const world = await given();
    world.fleet.faults.operations.onCall('end', () => world.cancelOnce());

    const operation = await world.run(world.id);

    expect(operation.state).toBe('SUCCEEDED');
    await expectStopped(world, operation);
  });

  it('twice: is cancelled once, by whoever came first', async () => {
    const world = await given();
    await world.cancelOnce();
    const first = await world.fleet.operations.get(world.id);
    world.fleet.clock.advance(1000);

    const again = await world.cancel();
    const operation = await world.run(world.id);

    expect(again.status).toBe(202);
    expect(operation.cancelRequest).toEqual(first?.cancelRequest);
    expect((await world.cancel()).status).toBe(200);
    await expectStopped(world, operation);
  });

  it('when its engine is dead: is ended by the sweeper, and the next one succeeds', async () => {
    const world = await given();
    const { fleet, engine, id } = world;
    fleet.faults.operations.onCall('beginStep', async (_, step) => {
      if ((step as { name: string }).name === 'apply-sync') await engine.stop('bootstrap', id);
    });
    await world.run(id);
    fleet.faults.operations.onCall('beginStep', () => undefined);
    fleet.engine.states.set(id, 'stopped');
    await world.cancelOnce();

    expect((await sweepOperations(fleet.deps)).failed).toEqual([]);
    fleet.clock.advance(180_000);
    expect((await sweepOperations(fleet.deps)).failed).toEqual([id]);

    const operation = await fleet.operations.get(id);
    if (!operation) throw new Error('the operation is gone');
    expect(operation.state).toBe('CANCELLED');
    await expectStopped(world, operation);
    await expectNextToSucceed(world, operation);
  });
});

type Work = (world: OperationWorld) => Promise<unknown>;

const cancelHolder: Work = ({ fleet }) => fleet.call('POST', '/v1/customers/acme/operations/op-holder/cancel');
const endHolder: Work = ({ fleet }) => stepsOf(fleet).end('op-holder', { kind: 'succeeded' });
const stepsOf = (fleet: Fleet) => createBootstrapSteps(fleet.deps);

describe('a cancel and the end of the work', () => {
  it.each([
    ['the cancel is slow', { slow: cancelHolder, other: endHolder }],
    ['the end is slow', { slow: endHolder, other: cancelHolder }],
  ])('agree on what came first when %s', async (_, { slow, other }) => {
    let isWithin = true;
    for (let at = 0; isWithin; at += 1) {
      const world = await operationWorld(createMemoryTable());
      await world.putHolder('RUNNING');
      let calls = 0;
      const onCall = async () => {
        calls += 1;
        if (calls === at + 1) await world.process.live(() => other(world));
      };

      await world.process.live(() => slow(world), { onCall });

      isWithin = calls > at;
      if (!isWithin) await other(world);
      const [operation] = await expectRest(world);
      expect(operation?.state, `before call ${at}`).toBe('SUCCEEDED');
    }
  });
});
