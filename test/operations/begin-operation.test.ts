import { describe, expect, it } from 'vitest';
import { FleetError, OutsideCallError } from '../../src/errors.ts';
import { beginOperation } from '../../src/operations/begin-operation.ts';
import { endOperation } from '../../src/operations/end-operation.ts';
import { finishedOperation } from '../../src/operations/leavings.ts';
import { operationIdFor } from '../../src/operations/operation-id.ts';
import type { BootstrapOperation, Operation } from '../../src/operations/operation.ts';
import { sweepOperations } from '../../src/operations/sweep-operations.ts';
import { Crash } from '../support/faults.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { makeFleet } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';
import { operationInState, setState } from '../support/operations.ts';

async function given() {
  const table = createMemoryTable();
  const fleet = makeFleet(table);
  await fleet.registry.createRuntime('acme', 'production', 0);
  return { table, fleet };
}

const idempotency = { key: 'key-1', method: 'POST', path: '/v1/customers/acme/clusters/production/bootstrap' };
const idOf = (n: number) => operationIdFor({ customer: 'acme', ...idempotency }, n);

function begin(
  fleet: Fleet,
  fields: Partial<BootstrapOperation> = {},
  key: string | undefined = 'key-1',
): Promise<Operation> {
  const now = fleet.clock.now().toISOString();
  const { id: _, ...draft } = operationInState('PENDING', { createdAt: now, deadlineAt: now, ...fields });
  return beginOperation(fleet.deps, { draft, idempotency: key === '' ? undefined : { ...idempotency, key } });
}

async function end(fleet: Fleet, id: string, state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'REJECTED'): Promise<void> {
  await fleet.operations.end(id, ['PENDING', 'RUNNING', 'CANCELLING'], { state, at: fleet.clock.now().toISOString() });
  const finished = finishedOperation({ ...operationInState(state), id });
  await fleet.registry.release({ customer: 'acme', cluster: 'production', operationId: id, finished });
}

/** What the audit log tells, oldest first. */
async function eventsOf(fleet: Fleet): Promise<readonly string[]> {
  const { items } = await fleet.events.list('acme', {}, { limit: 50 });
  return items.map(({ value: { event } }) => `${event.type} ${event.resource.split('/').at(-1)}`).toReversed();
}

const claimedBy = async (fleet: Fleet) => (await fleet.registry.getRuntime('acme', 'production'))?.claimedBy;

describe('an operation', () => {
  it('is put, has the cluster and is started', async () => {
    const { fleet } = await given();

    const operation = await begin(fleet);

    expect(operation).toMatchObject({ id: idOf(0), state: 'PENDING' });
    expect(await claimedBy(fleet)).toBe(operation.id);
    expect([...fleet.engine.started]).toEqual([operation.id]);
  });

  it('has an id of its own each time without a key', async () => {
    const { fleet } = await given();

    const first = await begin(fleet, {}, '');
    await end(fleet, first.id, 'SUCCEEDED');
    const second = await begin(fleet, {}, '');

    expect(first.id).not.toBe(second.id);
    expect(fleet.engine.started.size).toBe(2);
  });

  it('is accepted although it cannot be started now, and the sweeper starts it', async () => {
    const { fleet } = await given();
    const error = new OutsideCallError({ system: 'workflow-engine', failure: 'throttled', attempted: 'start' });
    fleet.faults.engine.fail('start', { when: 'before', error });

    const operation = await begin(fleet);
    expect(operation.state).toBe('PENDING');
    expect(fleet.logged).toEqual([{ operationId: operation.id, error }]);
    fleet.clock.advance(10_000);
    await sweepOperations(fleet.deps);

    expect([...fleet.engine.started]).toEqual([operation.id]);
  });

  it('of a cluster that is gone is not found', async () => {
    const { fleet } = await given();

    await expect(begin(fleet, { cluster: 'other' })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('the same idempotency key', () => {
  it('answers with the same operation in its present state', async () => {
    const { fleet } = await given();
    const first = await begin(fleet);
    await fleet.operations.markRunning(first.id, fleet.clock.now().toISOString());

    const second = await begin(fleet);

    expect(second).toMatchObject({ id: first.id, state: 'RUNNING' });
    expect(fleet.engine.started.size).toBe(1);
  });

  it('makes one operation of fifty requests at once', async () => {
    const { table, fleet } = await given();

    const operations = await Promise.all(Array.from({ length: 50 }, () => begin(fleet)));

    expect(new Set(operations.map(({ id }) => id))).toEqual(new Set([idOf(0)]));
    const items = table.allItems();
    expect(items.filter((item) => item['sk'] === 'OPERATION')).toHaveLength(1);
    expect([...fleet.engine.started]).toEqual([idOf(0)]);
  });

  it('is refused for another body', async () => {
    const { fleet } = await given();
    await begin(fleet);

    await expect(begin(fleet, { fingerprint: 'another' })).rejects.toMatchObject({ code: 'idempotency-key-reused' });
    expect(fleet.engine.started.size).toBe(1);
  });

  it.each(['FAILED', 'CANCELLED', 'REJECTED'] as const)('is free again once its operation is %s', async (state) => {
    const { table, fleet } = await given();
    const first = await begin(fleet);
    await end(fleet, first.id, state);
    // One that was accepted is never rejected by the product itself.
    await setState(table, first.id, state);

    const second = await begin(fleet, { fingerprint: 'another' });

    expect(second.id).toBe(idOf(1));
    expect(await fleet.operations.get(first.id)).toMatchObject({ state });
  });

  it('answers for 24 hours after a success, and no longer', async () => {
    const { fleet } = await given();
    const first = await begin(fleet);
    await end(fleet, first.id, 'SUCCEEDED');

    fleet.clock.advance(24 * 3_600_000);
    expect((await begin(fleet)).id).toBe(first.id);
    fleet.clock.advance(1);
    expect((await begin(fleet)).id).toBe(idOf(1));
  });

  it('of one that joined answers the operation that it joined', async () => {
    const { fleet } = await given();
    const running = await begin(fleet, {}, 'key-of-another');
    await begin(fleet, { fingerprint: 'mine' });
    await end(fleet, running.id, 'SUCCEEDED');

    const again = await begin(fleet, { fingerprint: 'mine' });

    expect(again).toMatchObject({ id: running.id, state: 'SUCCEEDED' });
    expect(await fleet.operations.get(idOf(0))).toMatchObject({ state: 'REJECTED', joined: running.id });
    await expect(begin(fleet, { fingerprint: 'other' })).rejects.toMatchObject({ code: 'idempotency-key-reused' });
  });
});

describe('the key of one that joined', () => {
  it.each(['FAILED', 'CANCELLED'] as const)('is free once the operation that it joined is %s', async (state) => {
    const { fleet } = await given();
    const running = await begin(fleet, {}, 'key-of-another');
    await begin(fleet);
    await end(fleet, running.id, state);

    const again = await begin(fleet);

    expect(again).toMatchObject({ id: idOf(1), state: 'PENDING' });
    expect(fleet.engine.started).toContain(idOf(1));
  });
});

describe('a cluster that another operation has', () => {
  it('is not refused to one that the sweeper has started in the meantime', async () => {
    const { fleet } = await given();
    const first = await begin(fleet, {}, 'key-of-another');
    fleet.faults.operations.onCall('end', async () => {
      fleet.faults.operations.onCall('end', () => undefined);
      await end(fleet, first.id, 'SUCCEEDED');
      await fleet.registry.claim({ customer: 'acme', cluster: 'production', operationId: idOf(0) });
      await fleet.operations.markRunning(idOf(0), fleet.clock.now().toISOString());
    });

    const second = await begin(fleet, { desiredHash: 'another' });

    expect(second).toMatchObject({ id: idOf(0), state: 'RUNNING' });
    expect(await claimedBy(fleet)).toBe(idOf(0));
  });

  it('is joined by one that wants the same', async () => {
    const { fleet } = await given();
    const first = await begin(fleet, {}, 'key-of-another');

    const second = await begin(fleet);

    expect(second.id).toBe(first.id);
    expect(await fleet.operations.get(idOf(0))).toMatchObject({ state: 'REJECTED', joined: first.id });
    expect([...fleet.engine.started]).toEqual([first.id]);
  });

  it('is refused to one that wants another state, which is REJECTED before it is told', async () => {
    const { fleet } = await given();
    const first = await begin(fleet, {}, 'key-of-another');

    const refused = await begin(fleet, { desiredHash: 'another' }).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(FleetError);
    expect(refused).toMatchObject({
      code: 'operation-in-progress',
      location: `/v1/customers/acme/operations/${first.id}`,
    });
    expect(await fleet.operations.get(idOf(0))).toMatchObject({ state: 'REJECTED' });
    expect(await fleet.operations.get(idOf(0))).not.toHaveProperty('joined');
    expect(await claimedBy(fleet)).toBe(first.id);
  });

  it('goes to one of many that want different states at once', async () => {
    const { fleet } = await given();

    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => begin(fleet, { desiredHash: `state ${n}` }, `key-${n}`)),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(fleet.engine.started.size).toBe(1);
    expect(await claimedBy(fleet)).toBe([...fleet.engine.started][0]);
  });

  it.each(['SUCCEEDED', 'FAILED', 'CANCELLED', 'REJECTED'] as const)(
    'is taken over when that one is %s',
    async (state) => {
      const { table, fleet } = await given();
      const dead = await begin(fleet, {}, 'key-of-another');
      await setState(table, dead.id, state);
      expect(await claimedBy(fleet)).toBe(dead.id);

      const operation = await begin(fleet, { desiredHash: 'another' });

      expect(await claimedBy(fleet)).toBe(operation.id);
      expect(fleet.engine.started).toContain(operation.id);
    },
  );

  it('is still had by one that is being cancelled', async () => {
    const { table, fleet } = await given();
    const first = await begin(fleet, {}, 'key-of-another');
    await setState(table, first.id, 'CANCELLING');

    await expect(begin(fleet, { desiredHash: 'another' })).rejects.toMatchObject({ code: 'operation-in-progress' });
  });
});

type Cut = readonly [port: 'operations' | 'registry' | 'events' | 'engine', method: string, when: 'before' | 'after'];
const cuts: readonly Cut[] = [
  ['operations', 'putIfAbsent', 'before'],
  ['operations', 'putIfAbsent', 'after'],
  ['registry', 'claim', 'before'],
  ['registry', 'claim', 'after'],
  ['events', 'publish', 'before'],
  ['events', 'publish', 'after'],
  ['engine', 'start', 'before'],
  ['engine', 'start', 'after'],
];

function cut(fleet: Fleet, [port, method, when]: Cut): void {
  if (port === 'operations' && method === 'putIfAbsent') fleet.faults.operations.fail('putIfAbsent', { when });
  if (port === 'registry') fleet.faults.registry.fail('claim', { when });
  if (port === 'events') fleet.faults.events.fail('publish', { when });
  if (port === 'engine') fleet.faults.engine.fail('start', { when });
}

async function expectOneToRun(fleet: Fleet, id: string): Promise<void> {
  expect(await fleet.operations.listOpen(10)).toEqual([id]);
  expect(await claimedBy(fleet)).toBe(id);
  expect([...fleet.engine.started]).toEqual([id]);
  expect(await eventsOf(fleet)).toEqual([`operation.accepted ${id}`]);
  expect(await fleet.operations.markRunning(id, fleet.clock.now().toISOString())).toEqual({ kind: 'made' });
}

describe('a request that dies', () => {
  it.each(cuts)('at %s.%s, %s: the same request again makes one operation that runs', async (...at) => {
    const { fleet } = await given();
    cut(fleet, at);

    await expect(begin(fleet)).rejects.toBeInstanceOf(Crash);
    const operation = await begin(fleet);

    await expectOneToRun(fleet, operation.id);
  });

  it.each(cuts.slice(1))('at %s.%s, %s: the sweeper goes on with it', async (...at) => {
    const { fleet } = await given();
    cut(fleet, at);

    await expect(begin(fleet, {}, '')).rejects.toBeInstanceOf(Crash);
    fleet.clock.advance(6000);
    await sweepOperations(fleet.deps);

    await expectOneToRun(fleet, 'op-id1');
  });

  it.each(cuts.slice(1))('at %s.%s, %s: a request of another state does not run beside it', async (...at) => {
    const { fleet } = await given();
    cut(fleet, at);

    await expect(begin(fleet, {}, 'key-of-another')).rejects.toBeInstanceOf(Crash);
    const second = await begin(fleet, { desiredHash: 'another' }).catch(() => undefined);
    fleet.clock.advance(6000);
    await sweepOperations(fleet.deps);

    const [id = ''] = await fleet.operations.listOpen(10);
    if (second) expect(id).toBe(second.id);
    await expectOneToRun(fleet, id);
  });
});

describe('answers of the store that are lost', () => {
  it('change nothing of how an operation begins and ends', async () => {
    const { table } = await given();
    const fleet = makeFleet(losingAnswers(table));

    const operation = await begin(fleet);
    await expectOneToRun(fleet, operation.id);
    await endOperation(fleet.deps, operation.id, { kind: 'succeeded' });

    expect(await fleet.operations.get(operation.id)).toMatchObject({ state: 'SUCCEEDED' });
    expect(await claimedBy(fleet)).toBeUndefined();
  });
});
