import { beforeEach, describe, expect, it } from 'vitest';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import { createDynamoRegistry } from '../../src/adapters/dynamodb-registry.ts';
import type { ClusterResult } from '../../src/clusters/cluster.ts';
import type { Registry } from '../../src/ports/registry.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { accountRecord, clusterRecord, customerRecord } from './registry-records.ts';

/** What the registry promises (src/ports/registry.ts) over a store; each test has a table of its own. */
export function registryContract(name: string, makeTable: () => Promise<FleetTable>): void {
  describe(`registry: ${name}`, () => {
    let table: FleetTable;
    const registries = {
      direct: createDynamoRegistry,
      'answers lost': (over: FleetTable) => createDynamoRegistry(losingAnswers(over)),
    };
    beforeEach(async () => {
      table = await makeTable();
    });

    describe.each(Object.entries(registries))('%s', (_, create) => {
      const registry = () => create(table);
      describe('records', () => {
        records(registry);
      });
      describe('runtimes', () => {
        runtimes(registry);
      });
      describe('names', () => {
        names(registry);
      });
    });
    describe('lists', () => {
      lists(() => createDynamoRegistry(table));
    });
  });
}

type Given = () => Registry;

function records(given: Given): void {
  it('are read as they were written', async () => {
    const registry = given();

    expect(await registry.putCustomer(customerRecord())).toEqual({ kind: 'written' });
    expect(await registry.putAccount(accountRecord())).toEqual({ kind: 'written' });
    expect(await registry.putCluster(clusterRecord())).toEqual({ kind: 'written' });

    expect(await registry.getCustomer('acme')).toEqual(customerRecord());
    expect(await registry.getAccount('acme', '111122223333')).toEqual(accountRecord());
    expect(await registry.getCluster('acme', 'production')).toEqual(clusterRecord());
  });

  it('are absent until they are written, and belong to one customer', async () => {
    const registry = given();
    await registry.putCluster(clusterRecord());

    expect(await registry.getCustomer('acme')).toBeUndefined();
    expect(await registry.getCluster('other', 'production')).toBeUndefined();
    expect(await registry.getCluster('acme', 'prod')).toBeUndefined();
  });

  it('of version 1 are never written over what is there', async () => {
    const registry = given();
    await registry.putCluster(clusterRecord({ updatedAt: 'first' }));

    expect(await registry.putCluster(clusterRecord({ updatedAt: 'second' }))).toEqual({ kind: 'changed' });
    expect(await registry.getCluster('acme', 'production')).toMatchObject({ updatedAt: 'first' });
  });

  it('are written on top of the version before, and of no other', async () => {
    const registry = given();
    expect(await registry.putCustomer(customerRecord({ version: 2 }))).toEqual({ kind: 'changed' });
    await registry.putCustomer(customerRecord());

    expect(await registry.putCustomer(customerRecord({ version: 3 }))).toEqual({ kind: 'changed' });
    expect(await registry.putCustomer(customerRecord({ version: 2 }))).toEqual({ kind: 'written' });
    expect(await registry.putCustomer(customerRecord({ version: 2 }))).toEqual({ kind: 'changed' });
    expect(await registry.getCustomer('acme')).toMatchObject({ version: 2 });
  });

  it('have one writer among many at once', async () => {
    const registry = given();
    await registry.putCluster(clusterRecord());

    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, n) => registry.putCluster(clusterRecord({ version: 2, updatedAt: `at ${n}` }))),
    );

    expect(outcomes.filter(({ kind }) => kind === 'written')).toHaveLength(1);
    const winner = outcomes.findIndex(({ kind }) => kind === 'written');
    expect(await registry.getCluster('acme', 'production')).toMatchObject({ updatedAt: `at ${winner}` });
  });
}

const mine = { customer: 'acme', cluster: 'production', operationId: 'op-1' };
const theirs = { ...mine, operationId: 'op-2' };

function runtimes(given: Given): void {
  it('let one operation claim the cluster, as often as it asks', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production');

    expect(await registry.claim(mine)).toEqual({ kind: 'claimed' });
    expect(await registry.claim(mine)).toEqual({ kind: 'claimed' });
    expect(await registry.claim(theirs)).toEqual({ kind: 'held', operationId: 'op-1' });
    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: 'op-1' });
  });

  it('are claimed by one of many that ask at once', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production');

    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, n) => registry.claim({ ...mine, operationId: `op-${n}` })),
    );

    expect(outcomes.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
  });

  it('are never made by a claim', async () => {
    const registry = given();

    expect(await registry.claim(mine)).toEqual({ kind: 'no-such-cluster' });
    expect(await registry.getRuntime('acme', 'production')).toBeUndefined();
  });

  it('are taken over from the operation that is named, and from no other', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production');
    await registry.claim(mine);

    expect(await registry.claim({ ...theirs, instead: 'op-9' })).toEqual({ kind: 'held', operationId: 'op-1' });
    expect(await registry.claim({ ...theirs, instead: 'op-1' })).toEqual({ kind: 'claimed' });
    expect(await registry.claim({ ...mine, instead: 'op-1' })).toEqual({ kind: 'held', operationId: 'op-2' });
  });

  it('are freed by their holder only', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production');
    await registry.claim(mine);

    await registry.release(theirs);
    expect(await registry.claim(theirs)).toMatchObject({ kind: 'held' });
    await registry.release(mine);
    expect(await registry.claim(theirs)).toEqual({ kind: 'claimed' });
  });

  it('keep a claim and a result when they are made again', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production');
    await registry.claim(mine);
    await registry.recordResult(mine, result);

    await registry.createRuntime('acme', 'production');

    const kept = { customer: 'acme', cluster: 'production', claimedBy: 'op-1', result };
    expect(await registry.getRuntime('acme', 'production')).toEqual(kept);
  });

  it('take a result from their holder only', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production');
    await registry.claim(mine);

    expect(await registry.recordResult(theirs, result)).toEqual({ kind: 'changed' });
    expect(await registry.getRuntime('acme', 'production')).not.toHaveProperty('result');
    expect(await registry.recordResult(mine, result)).toEqual({ kind: 'written' });
  });

  it('are not touched by a change of the cluster', async () => {
    const registry = given();
    await registry.putCluster(clusterRecord());
    await registry.createRuntime('acme', 'production');
    await registry.claim(mine);

    await registry.putCluster(clusterRecord({ version: 2 }));

    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: 'op-1' });
  });
}

const result: ClusterResult = {
  operationId: 'op-1',
  at: '2027-01-01T00:00:00.000Z',
  fluxVersion: '2.9.2',
  revision: 'main@sha1:0123456789012345678901234567890123456789',
  keyFingerprint: 'SHA256:abc',
  repositoryName: 'repository/git.example/acme/infrastructure',
  repositoryUrl: 'ssh://git@git.example/acme/infrastructure.git',
  incarnation: { createdAt: '2026-01-01T00:00:00.000Z', kubeSystemUid: 'uid' },
};

function names(given: Given): void {
  const name = 'repository/git.example/acme/infrastructure';
  const now = '2027-01-01T00:00:00.000Z';
  const later = '2027-01-01T00:00:00.001Z';

  it('belong to whoever takes them first, as often as that one asks', async () => {
    const registry = given();

    expect(await registry.takeUnique(name, 'acme', { now })).toEqual({ kind: 'mine' });
    expect(await registry.takeUnique(name, 'acme', { now: '2027-01-02T00:00:00.000Z' })).toEqual({ kind: 'mine' });
    expect(await registry.takeUnique(name, 'other', { now })).toEqual({
      kind: 'taken',
      owner: 'acme',
      takenAt: '2027-01-02T00:00:00.000Z',
    });
  });

  it('are taken over from the owner and the moment that are named only', async () => {
    const registry = given();
    await registry.takeUnique(name, 'acme', { now });

    const otherTime = { owner: 'acme', takenAt: '2026-12-31T00:00:00.000Z' };
    expect(await registry.takeUnique(name, 'other', { now, instead: otherTime })).toMatchObject({ owner: 'acme' });
    const otherOwner = { owner: 'third', takenAt: now };
    expect(await registry.takeUnique(name, 'other', { now, instead: otherOwner })).toMatchObject({ owner: 'acme' });
    const stale = { owner: 'acme', takenAt: now };
    expect(await registry.takeUnique(name, 'other', { now, instead: stale })).toEqual({ kind: 'mine' });
  });

  it('are freed by their owner only, and not once taken again', async () => {
    const registry = given();
    await registry.takeUnique(name, 'acme', { now });

    await registry.freeUnique(name, 'other', later);
    expect(await registry.takeUnique(name, 'other', { now })).toMatchObject({ kind: 'taken' });
    await registry.freeUnique(name, 'acme', later);
    expect(await registry.takeUnique(name, 'other', { now })).toEqual({ kind: 'mine' });
  });

  it('are not freed for an owner who has taken them back since', async () => {
    const registry = given();
    await registry.takeUnique(name, 'acme', { now });
    await registry.takeUnique(name, 'acme', { now: later });

    await registry.freeUnique(name, 'acme', now);

    expect(await registry.takeUnique(name, 'other', { now })).toMatchObject({ kind: 'taken', owner: 'acme' });
  });

  it('of versions keep the digest that came first', async () => {
    const registry = given();

    expect(await registry.keepDigest('flux/2.9.2', 'sha256:one')).toBe('sha256:one');
    expect(await registry.keepDigest('flux/2.9.2', 'sha256:two')).toBe('sha256:one');
    expect(await registry.keepDigest('flux/2.9.3', 'sha256:two')).toBe('sha256:two');
  });
}

function lists(given: Given): void {
  it("hold the customer's own clusters in their order", async () => {
    const registry = given();
    for (const id of ['staging', 'b', 'production']) await registry.putCluster(clusterRecord({ id }));
    await registry.createRuntime('acme', 'without-record');
    await registry.putCluster(clusterRecord({ customer: 'acme-2', id: 'other' }));

    expect(await registry.listClusterIds('acme')).toEqual(['b', 'production', 'staging']);
    expect(await registry.listClusterIds('nobody')).toEqual([]);
  });

  it('go on beyond the megabyte that one answer holds', async () => {
    const registry = given();
    const labels = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`label-${n}`, 'x'.repeat(2000)]));
    const ids = Array.from({ length: 7 }, (_, n) => `cluster-${n}`);

    for (const id of ids) await registry.putCluster(clusterRecord({ id, spec: { ...clusterRecord().spec, labels } }));

    expect(await registry.listClusterIds('acme')).toEqual(ids);
  });
}
