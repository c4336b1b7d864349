import { describe, expect, it } from 'vitest';
import { endOperation } from '../../src/operations/end-operation.ts';
import type { Ending } from '../../src/operations/end-operation.ts';
import type { OperationState } from '../../src/operations/operation.ts';
import { Crash } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { makeFleet } from '../support/fleet.ts';
import { operationInState } from '../support/operations.ts';

async function given(state: OperationState) {
  const fleet = makeFleet(createMemoryTable());
  const operation = operationInState(state, { createdAt: fleet.clock.now().toISOString() });
  await fleet.operations.putIfAbsent(operation);
  await fleet.registry.createRuntime('acme', 'production', 0);
  await fleet.registry.claim({ customer: 'acme', cluster: 'production', operationId: operation.id });
  const look = async () => ({
    state: (await fleet.operations.get(operation.id))?.state,
    claimedBy: (await fleet.registry.getRuntime('acme', 'production'))?.claimedBy,
  });
  return { fleet, operation, look };
}

const failure = { step: 'preflight', code: 'cluster-not-found', detail: 'none', retryable: false, remedies: [] };
const failed: Ending = { kind: 'failed', failure };

describe('the end of an operation', () => {
  it.each([
    ['RUNNING', { kind: 'succeeded' }, 'SUCCEEDED'],
    ['RUNNING', failed, 'FAILED'],
    ['CANCELLING', { kind: 'succeeded' }, 'SUCCEEDED'],
    ['CANCELLING', failed, 'FAILED'],
    ['CANCELLING', { kind: 'stopped' }, 'CANCELLED'],
  ] as const)('of %s by %o is %s, and the cluster is free', async (state, ending, expected) => {
    const { fleet, operation, look } = await given(state);

    await endOperation(fleet.deps, operation.id, ending);

    expect(await look()).toEqual({ state: expected, claimedBy: undefined });
  });

  it.each(['SUCCEEDED', 'FAILED', 'CANCELLED', 'REJECTED'] as const)(
    'leaves %s as it is, and frees the cluster',
    async (state) => {
      const { fleet, operation, look } = await given(state);

      await endOperation(fleet.deps, operation.id, failed);

      expect(await look()).toEqual({ state, claimedBy: undefined });
    },
  );

  it('keeps the cluster for an operation that has not ended', async () => {
    const { fleet, operation, look } = await given('RUNNING');

    await endOperation(fleet.deps, operation.id, { kind: 'stopped' });

    expect(await look()).toEqual({ state: 'RUNNING', claimedBy: operation.id });
  });

  it('is finished by the next one when it was cut in between', async () => {
    const { fleet, operation, look } = await given('RUNNING');
    fleet.faults.registry.fail('release', { when: 'before' });

    await expect(endOperation(fleet.deps, operation.id, { kind: 'succeeded' })).rejects.toBeInstanceOf(Crash);
    expect(await look()).toEqual({ state: 'SUCCEEDED', claimedBy: operation.id });
    await endOperation(fleet.deps, operation.id, { kind: 'succeeded' });

    expect(await look()).toEqual({ state: 'SUCCEEDED', claimedBy: undefined });
  });

  it.each([
    ['operations', 'end', 'after'],
    ['operations', 'get', 'before'],
    ['registry', 'release', 'before'],
    ['registry', 'release', 'after'],
    ['events', 'publish', 'before'],
    ['events', 'publish', 'after'],
    ['operations', 'close', 'before'],
    ['operations', 'close', 'after'],
  ] as const)('cut at %s.%s, %s, and called again is the same end', async (port, method, when) => {
    const { fleet, operation, look } = await given('RUNNING');
    if (port === 'operations') fleet.faults.operations.fail(method, { when });
    if (port === 'registry') fleet.faults.registry.fail(method, { when });
    if (port === 'events') fleet.faults.events.fail(method, { when });

    await expect(endOperation(fleet.deps, operation.id, failed)).rejects.toBeInstanceOf(Crash);
    await endOperation(fleet.deps, operation.id, { kind: 'succeeded' });

    expect(await look()).toEqual({ state: 'FAILED', claimedBy: undefined });
    expect(await fleet.operations.listOpen(10)).toEqual([]);
    const { items } = await fleet.events.list('acme', {}, { limit: 10 });
    expect(items.map(({ value }) => value.event.type)).toEqual(['operation.ended', 'operation.accepted']);
  });

  it('stays in the memory of its cluster, with what it may have left', async () => {
    const { fleet, operation } = await given('RUNNING');
    const step = { name: 'commit-manifests', attempt: 1, at: operation.createdAt };
    await fleet.operations.beginStep(operation.id, step);

    await endOperation(fleet.deps, operation.id, failed);

    const endedAt = fleet.clock.now().toISOString();
    expect(await fleet.registry.getRuntime('acme', 'production')).toMatchObject({
      lastOperation: { id: operation.id, kind: 'bootstrap-cluster', state: 'FAILED', endedAt },
      leavings: ['access-entry', 'repository-files'],
    });
  });

  it('does not free a cluster that another operation has by now', async () => {
    const { fleet, operation } = await given('RUNNING');
    const next = { customer: 'acme', cluster: 'production', operationId: 'op-next' };
    await fleet.registry.claim({ ...next, instead: { id: operation.id } });

    await endOperation(fleet.deps, operation.id, { kind: 'succeeded' });

    expect(await fleet.registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: 'op-next' });
  });
});
