import { describe, expect, it } from 'vitest';
import { OutsideCallError } from '../../src/errors.ts';
import { isQuiet, sweepOperations } from '../../src/operations/sweep-operations.ts';
import type { BootstrapOperation, OperationState } from '../../src/operations/operation.ts';
import type { ExecutionState } from '../../src/ports/workflow-engine.ts';
import { endOperation } from '../../src/operations/end-operation.ts';
import { Crash } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { makeFleet } from '../support/fleet.ts';
import { operationInState } from '../support/operations.ts';

async function given(state: OperationState, fields: Partial<BootstrapOperation> = {}) {
  const fleet = makeFleet(createMemoryTable());
  const at = fleet.clock.now().toISOString();
  const operation = operationInState(state, { createdAt: at, heartbeatAt: at, ...fields });
  await fleet.operations.putIfAbsent(operation);
  await fleet.registry.createRuntime('acme', 'production', 0);
  const claim = (operationId = operation.id) =>
    fleet.registry.claim({ customer: 'acme', cluster: 'production', operationId });
  const look = async () => ({
    state: (await fleet.operations.get(operation.id))?.state,
    claimedBy: (await fleet.registry.getRuntime('acme', 'production'))?.claimedBy,
  });
  return { fleet, operation, claim, look };
}

describe('of an operation left PENDING, the sweeper', () => {
  it('takes no notice while its request may still be at work', async () => {
    const { fleet } = await given('PENDING');
    fleet.clock.advance(4000);

    expect(isQuiet(await sweepOperations(fleet.deps))).toBe(true);
    expect(fleet.engine.started.size).toBe(0);
  });

  it('claims the cluster and starts it', async () => {
    const { fleet, operation, look } = await given('PENDING');
    fleet.clock.advance(6000);

    expect(await sweepOperations(fleet.deps)).toMatchObject({ started: [operation.id], failed: [] });
    expect(await look()).toEqual({ state: 'PENDING', claimedBy: operation.id });
    expect([...fleet.engine.started]).toEqual([operation.id]);
  });

  it.each([
    ['desired', 'op-other'],
    ['another', undefined],
  ])('rejects it when another one that wants %s has the cluster', async (desiredHash, joined) => {
    const { fleet, operation, claim } = await given('PENDING');
    await fleet.operations.putIfAbsent(operationInState('RUNNING', { id: 'op-other', desiredHash }));
    await claim('op-other');
    fleet.clock.advance(6000);

    await sweepOperations(fleet.deps);

    const rejected = await fleet.operations.get(operation.id);
    expect(rejected?.state).toBe('REJECTED');
    expect(rejected?.joined).toBe(joined);
    expect(fleet.engine.started.size).toBe(0);
  });

  /** The request has set out to start it, and two sweeps have. */
  const tried = { acceptedAt: '2027-01-01T00:00:00.000Z', starts: 3 };
  const longAgo = 10 * 60_000 + 1;

  it.each([
    ['does not take it', 3, longAgo],
    ['was asked but twice', 2, 24 * 3_600_000],
    ['was asked often in less than ten minutes', 100, longAgo - 1],
  ])('gives it up after ten minutes and three starts only: the engine %s', async (_, starts, ageMs) => {
    const { fleet, operation, claim, look } = await given('PENDING', { ...tried, starts });
    await claim();
    fleet.clock.advance(ageMs);

    const { failed } = await sweepOperations(fleet.deps);

    const isGivenUp = starts >= 3 && ageMs >= longAgo;
    expect(failed).toEqual(isGivenUp ? [operation.id] : []);
    expect(await look()).toEqual(
      isGivenUp ? { state: 'FAILED', claimedBy: undefined } : { state: 'PENDING', claimedBy: operation.id },
    );
    const shown = isGivenUp ? { code: 'engine-lost', retryable: true } : undefined;
    expect((await fleet.operations.get(operation.id))?.failure).toEqual(shown && expect.objectContaining(shown));
  });

  it('gives it up when every start fails, and the engine cannot even be asked', async () => {
    const { fleet, operation } = await given('PENDING');
    const error = new OutsideCallError({ system: 'workflow-engine', failure: 'rejected', attempted: 'start' });
    for (const method of ['start', 'describe'] as const) {
      fleet.faults.engine.fail(method, { when: 'before', error, times: 9 });
    }
    const reports: unknown[] = [];
    for (let sweeps = 0; sweeps < 4; sweeps += 1) {
      fleet.clock.advance(200_001);
      reports.push(await sweepOperations(fleet.deps));
    }

    const troubled = { failed: [], troubled: [{ id: operation.id }] };
    expect(reports).toMatchObject([troubled, troubled, troubled, { failed: [operation.id] }]);
  });

  it('leaves it to an engine that has it, however long it takes to begin', async () => {
    const { fleet, operation, look } = await given('PENDING', tried);
    fleet.engine.states.set(operation.id, 'running');
    fleet.clock.advance(3_600_000);

    expect(await sweepOperations(fleet.deps)).toMatchObject({ failed: [] });

    expect(await look()).toMatchObject({ state: 'PENDING' });
  });

  it('starts one that seems to come from the future', async () => {
    const { fleet, operation } = await given('PENDING');
    const behind = { ...fleet.deps, now: () => new Date(fleet.clock.now().getTime() - 16 * 60_000) };

    expect(await sweepOperations(behind)).toMatchObject({ started: [operation.id], failed: [] });
  });

  it('leaves it the cluster when it began to run at the last moment', async () => {
    const { fleet, operation, claim, look } = await given('PENDING', tried);
    await claim();
    fleet.clock.advance(longAgo);
    fleet.faults.operations.onCall('end', async () => {
      await fleet.operations.markRunning(operation.id, fleet.clock.now().toISOString());
    });

    expect(await sweepOperations(fleet.deps)).toMatchObject({ failed: [] });

    expect(await look()).toEqual({ state: 'RUNNING', claimedBy: operation.id });
  });
});

describe('of an operation that runs, the sweeper', () => {
  it('asks nobody while it gives signs of life', async () => {
    const { fleet, look } = await given('RUNNING');
    fleet.clock.advance(179_000);

    expect(isQuiet(await sweepOperations(fleet.deps))).toBe(true);
    expect(fleet.faults.engine.calls).toEqual([]);
    expect(await look()).toMatchObject({ state: 'RUNNING' });
  });

  it('leaves it alone while its execution lives', async () => {
    const { fleet, operation, claim, look } = await given('RUNNING');
    await claim();
    fleet.engine.started.add(operation.id);
    fleet.clock.advance(3_600_000);

    expect(isQuiet(await sweepOperations(fleet.deps))).toBe(true);
    expect(await look()).toEqual({ state: 'RUNNING', claimedBy: operation.id });
  });

  it.each(['succeeded', 'failed', 'stopped', 'timed-out', 'unknown'] as const satisfies ExecutionState[])(
    'fails it when its execution is %s, and frees the cluster',
    async (state) => {
      const { fleet, operation, claim, look } = await given('RUNNING');
      await claim();
      fleet.engine.states.set(operation.id, state);
      fleet.clock.advance(180_000);

      expect(await sweepOperations(fleet.deps)).toMatchObject({ failed: [operation.id] });

      expect(await look()).toEqual({ state: 'FAILED', claimedBy: undefined });
      expect((await fleet.operations.get(operation.id))?.failure).toMatchObject({ code: 'engine-lost' });
    },
  );

  it('ends it as CANCELLED when that was asked for and no invocation lives', async () => {
    const { fleet, operation, claim, look } = await given('CANCELLING');
    await claim();
    fleet.engine.states.set(operation.id, 'failed');
    fleet.clock.advance(180_000);

    await sweepOperations(fleet.deps);

    expect(await look()).toEqual({ state: 'CANCELLED', claimedBy: undefined });
  });
});

describe('of an operation that has ended, the sweeper', () => {
  it('frees the cluster when whoever ended it died before that', async () => {
    const { fleet, operation, claim, look } = await given('RUNNING');
    await claim();
    fleet.faults.registry.fail('release', { when: 'before', error: new Crash('release') });
    await expect(endOperation(fleet.deps, operation.id, { kind: 'succeeded' })).rejects.toThrow('release');
    expect(await look()).toEqual({ state: 'SUCCEEDED', claimedBy: operation.id });

    await sweepOperations(fleet.deps);

    expect(await look()).toEqual({ state: 'SUCCEEDED', claimedBy: undefined });
    expect(await fleet.operations.listOpen(10)).toEqual([]);
  });
});

describe('the sweeper', () => {
  it('goes on to the others when one is in trouble', async () => {
    const { fleet, operation } = await given('PENDING');
    const at = new Date(fleet.clock.now().getTime() + 1).toISOString();
    await fleet.operations.putIfAbsent({ ...operation, id: 'op-2', cluster: 'staging', createdAt: at });
    await fleet.registry.createRuntime('acme', 'staging', 0);
    const error = new OutsideCallError({ system: 'workflow-engine', failure: 'server-error', attempted: 'start' });
    fleet.faults.engine.fail('start', { when: 'before', error });
    fleet.clock.advance(6000);

    const report = await sweepOperations(fleet.deps);

    expect(report).toMatchObject({ started: ['op-2'], troubled: [{ id: operation.id }] });
    expect(isQuiet(report)).toBe(false);
  });

  it('does nothing twice', async () => {
    const { fleet, operation } = await given('PENDING');
    fleet.clock.advance(6000);

    await Promise.all([sweepOperations(fleet.deps), sweepOperations(fleet.deps)]);
    await fleet.operations.markRunning(operation.id, fleet.clock.now().toISOString());
    await sweepOperations(fleet.deps);

    expect([...fleet.engine.started]).toEqual([operation.id]);
    expect(await fleet.operations.get(operation.id)).toMatchObject({ state: 'RUNNING' });
  });
});
