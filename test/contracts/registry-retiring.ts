import { expect, it } from 'vitest';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import type { Leaving } from '../../src/operations/leavings.ts';
import type { Registry } from '../../src/ports/registry.ts';
import { finishedOperation } from './registry-records.ts';
import { result } from './registry-runtimes.ts';

type Given = () => Registry;

const runtime = { customer: 'acme', cluster: 'production' };
const holder = { ...runtime, operationId: 'op-1' };
/** The record of the cluster is at version 3. */
const gently = { ...runtime, version: 3, abandon: false };
const anyway = { ...gently, abandon: true };

/** The way of a cluster out of the registry. */
export function retiring(given: Given): void {
  /** Free, with this left in it by one operation. */
  async function givenLeft(leavings: readonly Leaving[]) {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(holder);
    await registry.recordResult(holder, result);
    await registry.release({ ...holder, finished: finishedOperation({ leavings }) });
    return registry;
  }

  it('are claimed by nobody, and keep nothing that is seen', async () => {
    const registry = await givenLeft([]);

    expect(await registry.retire(gently)).toEqual({ kind: 'retired' });

    expect(await registry.claim({ ...runtime, operationId: 'op-2' })).toEqual({ kind: 'no-such-cluster' });
    await registry.recordObservation('acme', 'production', {});
    const retired = await registry.getRuntime('acme', 'production');
    expect(retired).toMatchObject({ isRetired: true, result });
    expect([retired?.claimedBy, retired?.observation]).toEqual([undefined, undefined]);
  });

  it('were held by no operation', async () => {
    const registry = await givenLeft([]);
    await registry.claim({ ...runtime, operationId: 'op-2' });

    expect(await registry.retire(gently)).toEqual({ kind: 'held', operationId: 'op-2' });
    expect(await registry.retire(anyway)).toEqual({ kind: 'held', operationId: 'op-2' });
    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: 'op-2', isRetired: false });
  });

  it('had nothing left in them, unless it is abandoned', async () => {
    const registry = await givenLeft(['repository-files', 'flux']);
    const left = ['flux', 'repository-files'];

    expect(await registry.retire(gently)).toEqual({ kind: 'not-empty', leavings: left });
    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ isRetired: false });
    expect(await registry.retire(anyway)).toEqual({ kind: 'retired' });
    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ isRetired: true, leavings: left });
  });

  it('are retired twice as once', async () => {
    const registry = await givenLeft([]);
    await registry.retire(gently);

    expect(await registry.retire(gently)).toEqual({ kind: 'retired' });
    expect(await registry.retire(anyway)).toEqual({ kind: 'retired' });
  });

  it('need not have been there, and are not made', async () => {
    const registry = given();

    expect(await registry.retire(gently)).toEqual({ kind: 'retired' });
    expect(await registry.getRuntime('acme', 'production')).toBeUndefined();
  });

  it('are taken back as they were', async () => {
    const registry = await givenLeft(['flux']);
    const before = await registry.getRuntime('acme', 'production');
    await registry.retire(anyway);

    await registry.reinstate('acme', 'production', 4);

    expect(await registry.getRuntime('acme', 'production')).toEqual(before);
    expect(await registry.claim(holder)).toEqual({ kind: 'claimed' });
  });

  it('that were never there or never retired are not changed by taking them back', async () => {
    const registry = await givenLeft([]);
    const before = await registry.getRuntime('acme', 'production');

    await registry.reinstate('acme', 'production', 4);
    await registry.reinstate('acme', 'staging', 4);

    expect(await registry.getRuntime('acme', 'production')).toEqual(before);
    expect(await registry.getRuntime('acme', 'staging')).toBeUndefined();
  });

  it('are not taken back by who knows the record that is to go, or one before it', async () => {
    const registry = await givenLeft([]);
    await registry.retire(gently);

    await registry.reinstate('acme', 'production', 3);
    await registry.reinstate('acme', 'production', 2);

    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ isRetired: true });
  });

  it('stay retired for the latest record, whoever comes late with an earlier one', async () => {
    const registry = await givenLeft(['flux']);
    await registry.retire({ ...anyway, version: 4 });

    expect(await registry.retire(anyway)).toEqual({ kind: 'retired' });
    expect(await registry.retire(gently)).toEqual({ kind: 'retired' });

    await registry.reinstate('acme', 'production', 4);
    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ isRetired: true });
  });

  it('give way to a new one, which knows nothing of them', async () => {
    const registry = await givenLeft(['flux']);
    await registry.retire(anyway);

    await registry.createRuntime('acme', 'production', anyway.version + 1);

    expect(await registry.getRuntime('acme', 'production')).toEqual({
      ...{ ...runtime, leavings: [], isRetired: false },
      repositories: [],
    });
    expect(await registry.claim({ ...runtime, operationId: 'op-2' })).toEqual({ kind: 'claimed' });
  });
}

type GivenTable = () => { readonly table: FleetTable; readonly create: (table: FleetTable) => Registry };

/** Its holder lets go of it after the condition has failed, and before anybody can see why. */
export function retiringRaces(given: GivenTable): void {
  it.each([
    [[], gently, { kind: 'retired' }],
    [['flux'], anyway, { kind: 'retired' }],
    [['flux'], gently, { kind: 'not-empty', leavings: ['flux'] }],
  ] as const)('that are let go of in that very moment, with %j left: %j is %j', async (leavings, wanted, outcome) => {
    const { table, create } = given();
    const registry = create(table);
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(holder);
    const racing = create({
      ...table,
      async get(key) {
        await registry.release({ ...holder, finished: finishedOperation({ leavings }) });
        return table.get(key);
      },
    });

    expect(await racing.retire(wanted)).toEqual(outcome);
  });
}
