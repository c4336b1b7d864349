import { expect, it } from 'vitest';
import type { ClusterResult } from '../../src/clusters/cluster.ts';
import type { FinishedOperation } from '../../src/operations/leavings.ts';
import type { Registry } from '../../src/ports/registry.ts';
import { clusterRecord, finishedOperation } from './registry-records.ts';

type Given = () => Registry;

const mine = { customer: 'acme', cluster: 'production', operationId: 'op-1' };
const theirs = { ...mine, operationId: 'op-2' };
const finished = finishedOperation();

/** What is known of a cluster, and who works on it. */
export function runtimes(given: Given): void {
  it('let one operation claim the cluster, as often as it asks', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);

    expect(await registry.claim(mine)).toEqual({ kind: 'claimed' });
    expect(await registry.claim(mine)).toEqual({ kind: 'claimed' });
    expect(await registry.claim(theirs)).toEqual({ kind: 'held', operationId: 'op-1' });
    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: 'op-1' });
  });

  it('are claimed by one of many that ask at once', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);

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
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(mine);

    expect(await registry.claim({ ...theirs, instead: { id: 'op-9' } })).toEqual({ kind: 'held', operationId: 'op-1' });
    expect(await registry.claim({ ...theirs, instead: { id: 'op-1' } })).toEqual({ kind: 'claimed' });
    expect(await registry.claim({ ...mine, instead: { id: 'op-1' } })).toEqual({ kind: 'held', operationId: 'op-2' });
  });

  takingOver(given);

  it('are freed by their holder only', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(mine);

    await registry.release({ ...theirs, finished });
    expect(await registry.claim(theirs)).toMatchObject({ kind: 'held' });
    expect(await registry.getRuntime('acme', 'production')).not.toHaveProperty('lastOperation');
    await registry.release({ ...mine, finished });
    expect(await registry.claim(theirs)).toEqual({ kind: 'claimed' });
  });

  it('keep a claim, a result and what was left when they are made again', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(theirs);
    await registry.release({ ...theirs, finished: finishedOperation({ id: 'op-2', leavings: ['flux'] }) });
    await registry.claim(mine);
    await registry.recordResult(mine, result);

    await registry.createRuntime('acme', 'production', 0);

    const { leavings: _, ...lastOperation } = finishedOperation({ id: 'op-2' });
    const kept = { customer: 'acme', cluster: 'production', claimedBy: 'op-1', result, lastOperation };
    expect(await registry.getRuntime('acme', 'production')).toEqual({
      ...{ ...kept, leavings: ['flux'], isRetired: false },
      repositories: [],
    });
  });

  it('take a result from their holder only', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(mine);

    expect(await registry.recordResult(theirs, result)).toEqual({ kind: 'changed' });
    expect(await registry.getRuntime('acme', 'production')).not.toHaveProperty('result');
    expect(await registry.recordResult(mine, result)).toEqual({ kind: 'written' });
  });

  it('are not touched by a change of the cluster', async () => {
    const registry = given();
    await registry.putCluster(clusterRecord(), 'event-1');
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(mine);

    await registry.putCluster(clusterRecord({ version: 2 }), 'event-2');
    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: 'op-1' });
    await registry.deleteCluster('acme', 'production', { version: 3, changedBy: 'event-3' });
    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: 'op-1' });
  });

  observations(given);
  repositories(given);
}

function takingOver(given: Given): void {
  it('keep what the operation came to that they are taken over from', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(mine);
    const failed = finishedOperation({ state: 'FAILED', leavings: ['flux', 'access-entry'] });

    await registry.claim({ ...theirs, instead: { id: 'op-1', finished: failed } });

    const { leavings: _, ...lastOperation } = failed;
    expect(await registry.getRuntime('acme', 'production')).toMatchObject({
      ...{ claimedBy: 'op-2', lastOperation },
      leavings: ['access-entry', 'flux'],
    });
  });

  it('keep nothing of an operation that they could not be taken over from', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(mine);

    const instead = { id: 'op-9', finished: finishedOperation({ id: 'op-9', leavings: ['flux'] }) };
    await registry.claim({ ...theirs, instead });

    const runtime = await registry.getRuntime('acme', 'production');
    expect(runtime).toMatchObject({ claimedBy: 'op-1', leavings: [] });
    expect(runtime).not.toHaveProperty('lastOperation');
  });

  it('keep the last operation, and what all of them may have left', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    const first = finishedOperation({ leavings: ['repository-files', 'access-entry'] });
    const second = finishedOperation({ id: 'op-2', state: 'CANCELLED', endedAt: '2027-01-02T00:00:00.000Z' });

    await registry.claim(mine);
    await registry.release({ ...mine, finished: first });
    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ lastOperation: { id: 'op-1' } });
    await registry.claim(theirs);
    await registry.release({ ...theirs, finished: { ...second, leavings: ['access-entry', 'deploy-key'] } });

    const { leavings: _, ...lastOperation } = second;
    expect(await registry.getRuntime('acme', 'production')).toEqual({
      ...{ customer: 'acme', cluster: 'production', isRetired: false, lastOperation, repositories: [] },
      leavings: ['access-entry', 'deploy-key', 'repository-files'],
    });
  });
}

const reads = (readsFrom: string, state: 'SUCCEEDED' | 'FAILED') => finishedOperation({ state, readsFrom });

function repositories(given: Given): void {
  it('know every repository that the cluster may read, until an operation has moved it for certain', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    const work = async (outcome: FinishedOperation) => {
      await registry.claim(mine);
      await registry.release({ ...mine, finished: outcome });
      return (await registry.getRuntime('acme', 'production'))?.repositories;
    };

    expect(await work(reads('one', 'SUCCEEDED'))).toEqual(['one']);
    expect(await work(reads('two', 'FAILED'))).toEqual(['one', 'two']);
    expect(await work(finishedOperation({ state: 'FAILED' }))).toEqual(['one', 'two']);
    expect(await work(reads('two', 'SUCCEEDED'))).toEqual(['two']);
    expect(await work({ ...reads('three', 'SUCCEEDED'), mayStillRead: ['two'] })).toEqual(['three', 'two']);
  });

  it('know it of a cluster that was forgotten, and of the next one under its id', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(mine);
    await registry.release({ ...mine, finished: { ...reads('one', 'SUCCEEDED'), leavings: ['flux'] } });
    await registry.retire({ customer: 'acme', cluster: 'production', abandon: true, version: 1 });

    expect(await registry.listRuntimes('acme')).toMatchObject([{ isRetired: true, repositories: ['one'] }]);
    await registry.createRuntime('acme', 'production', 2);

    expect(await registry.listRuntimes('acme')).toMatchObject([
      { isRetired: false, leavings: [], repositories: ['one'] },
    ]);
    expect(await registry.listRuntimes('other')).toEqual([]);
  });

  it('begin anew only above the version that was retired', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(mine);
    await registry.release({ ...mine, finished: finishedOperation({ leavings: ['flux'] }) });
    await registry.retire({ customer: 'acme', cluster: 'production', abandon: true, version: 3 });

    await registry.createRuntime('acme', 'production', 2);

    expect(await registry.getRuntime('acme', 'production')).toMatchObject({ isRetired: true, leavings: ['flux'] });
  });
}

function observations(given: Given): void {
  it('keep what was seen last, beside a claim', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'production', 0);
    await registry.claim(mine);
    await registry.recordObservation('acme', 'production', {
      at: '2027-01-01T00:00:00.000Z',
      live: { isInstalled: true },
    });

    const observation = { unreachableSince: '2027-01-02T00:00:00.000Z' };
    await registry.recordObservation('acme', 'production', observation);

    const runtime = await registry.getRuntime('acme', 'production');
    expect(runtime?.observation).toEqual(observation);
    expect(runtime?.claimedBy).toBe('op-1');
  });

  it('are never made by what was seen', async () => {
    const registry = given();

    await registry.recordObservation('acme', 'production', {});

    expect(await registry.getRuntime('acme', 'production')).toBeUndefined();
  });
}

export const result: ClusterResult = {
  operationId: 'op-1',
  at: '2027-01-01T00:00:00.000Z',
  fluxVersion: '2.9.2',
  revision: 'main@sha1:0123456789012345678901234567890123456789',
  keyFingerprint: 'SHA256:abc',
  repositoryName: 'repository/git.example/acme/infrastructure',
  repositoryUrl: 'ssh://git@git.example/acme/infrastructure.git',
  incarnation: { createdAt: '2026-01-01T00:00:00.000Z', kubeSystemUid: 'uid' },
};
