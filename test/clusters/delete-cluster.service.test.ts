import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterState } from '../../src/clusters/cluster.ts';
import { getCluster, putCluster } from '../../src/clusters/cluster.service.ts';
import { deleteCluster } from '../../src/clusters/delete-cluster.service.ts';
import { FleetError } from '../../src/errors.ts';
import { finishedOperation } from '../contracts/registry-records.ts';
import { Crash } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { clusterSpec, makeFleet } from '../support/fleet.ts';
import type { Fleet, FleetDependencies } from '../support/fleet.ts';
import { createInterleaving, turns } from '../support/interleaving.ts';

const anyState = { mustBeNew: false };
const address = { customer: 'acme', id: 'production', actor: { caller: 'operator' }, precondition: anyState };
const runtime = { customer: 'acme', cluster: 'production' };
const holder = { ...runtime, operationId: 'op-1' };

const remove = (deps: FleetDependencies, abandon = true) => deleteCluster(deps, { ...address, abandon });
const declare = (deps: FleetDependencies, name: string) =>
  putCluster(deps, { ...address, spec: { ...clusterSpec, labels: { by: name } } });

/** A cluster in which an operation has left something. */
async function given(): Promise<Fleet> {
  const fleet = makeFleet(createMemoryTable());
  await fleet.register();
  await fleet.registry.claim(holder);
  await fleet.registry.release({ ...holder, finished: finishedOperation({ state: 'FAILED', leavings: ['flux'] }) });
  return fleet;
}

/** Registered again, it is a cluster like any new one. */
async function expectNothingOfTheOld(fleet: Fleet): Promise<void> {
  await declare(fleet.deps, 'next');
  const view = await getCluster(fleet.deps, address);
  expect(view.runtime).toEqual({ ...runtime, leavings: [], repositories: [], isRetired: false });
}

describe('two requests to delete a cluster', () => {
  it('at once forget all of it', async () => {
    const fleet = await given();
    fleet.faults.registry.onCall('deleteCluster', async () => {
      fleet.faults.registry.onCall('deleteCluster', () => undefined);
      await remove(fleet.deps);
    });

    await expect(remove(fleet.deps)).rejects.toMatchObject({ code: 'conflict' });

    expect(await fleet.registry.claim(holder)).toEqual({ kind: 'no-such-cluster' });
    await expectNothingOfTheOld(fleet);
  });
});

describe('a cluster that is declared while it is deleted', () => {
  it('stays, and can be claimed', async () => {
    const fleet = await given();
    fleet.faults.registry.onCall('deleteCluster', async () => {
      fleet.faults.registry.onCall('deleteCluster', () => undefined);
      await declare(fleet.deps, 'rescuer');
    });

    await expect(remove(fleet.deps)).rejects.toMatchObject({ code: 'conflict' });

    const view = await getCluster(fleet.deps, address);
    expect(view.record.spec.labels).toEqual({ by: 'rescuer' });
    expect(view.runtime).toMatchObject({ leavings: ['flux'], isRetired: false });
  });

  it.each(['before', 'after'] as const)('is DELETING when that was cut (%s), until it is repeated', async (when) => {
    const fleet = await given();
    fleet.faults.registry.fail('deleteCluster', { when: 'before' });
    if (when === 'after') fleet.faults.registry.fail('retire', { when });

    await expect(remove(fleet.deps)).rejects.toBeInstanceOf(Crash);
    const view = await getCluster(fleet.deps, address);
    expect(clusterState(view)).toBe('DELETING');
    if (when === 'after') await expect(remove(fleet.deps)).rejects.toBeInstanceOf(Crash);
    await remove(fleet.deps);

    await expect(getCluster(fleet.deps, address)).rejects.toMatchObject({ code: 'not-found' });
    await expectNothingOfTheOld(fleet);
  });
});

describe('a cluster that is registered anew', () => {
  it('is not left DELETING by a request about the one before it that comes late', async () => {
    const fleet = await given();
    const isRead = Promise.withResolvers<void>();
    const mayRetire = Promise.withResolvers<void>();
    fleet.faults.registry.onCall('retire', async () => {
      fleet.faults.registry.onCall('retire', () => undefined);
      isRead.resolve();
      await mayRetire.promise;
    });
    const late = remove(fleet.deps).catch((error: unknown) => error);
    await isRead.promise;
    await remove(fleet.deps);
    fleet.faults.registry.onCall('putCluster', async () => {
      // Between the new runtime and the new record.
      mayRetire.resolve();
      await late;
    });

    await expectNothingOfTheOld(fleet);

    expect(await late).toMatchObject({ code: 'conflict' });
  });
});

describe('requests about one cluster', () => {
  it('however they meet leave it whole or gone', async () => {
    const property = fc.asyncProperty(turns, async (order) => {
      const fleet = await given();
      const meeting = createInterleaving(order.map(({ pick }) => ({ pick, fate: 'lives' })));
      const shared = { registry: meeting.around(fleet.registry), events: meeting.around(fleet.events) };
      const deps = { ...fleet.deps, ...shared };

      const outcomes = await meeting.run<unknown>([
        () => remove(deps),
        () => remove(deps),
        () => declare(deps, 'one'),
        () => declare(deps, 'two'),
      ]);

      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(FleetError);
      }
      const { cluster, runtime: left } = await fleet.registry.read(runtime);
      if (cluster.record) expect(left).toMatchObject({ isRetired: false });
      else await expectNothingOfTheOld(fleet);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
