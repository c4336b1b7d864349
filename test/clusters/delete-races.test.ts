import { describe, expect, it } from 'vitest';
import { createBootstrapSteps } from '../../src/flux-bootstrap/bootstrap-cluster.steps.ts';
import { operationOf } from '../support/answers.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { caller, clusterPath, clusterSpec, makeFleet } from '../support/fleet.ts';
import { mortalProcess } from '../support/mortal-process.ts';
import { operationInState } from '../support/operations.ts';

async function given() {
  const fleet = makeFleet(createMemoryTable());
  await fleet.register();
  const process = mortalProcess(fleet);
  /** Runs `slow`, and `other` just before its first call of that name. */
  const overtaken = async (call: string, works: { slow: () => Promise<Response>; other: () => Promise<unknown> }) => {
    let isDone = false;
    const onCall = async (name: string) => {
      if (isDone || name !== call) return;
      isDone = true;
      await process.live(works.other);
    };
    const { answer } = await process.live(works.slow, { onCall });
    expect(isDone, `${call} is called`).toBe(true);
    return answer;
  };
  const remove = (query = '') => fleet.call('DELETE', `${clusterPath}${query}`);
  const runtime = () => fleet.registry.getRuntime('acme', 'production');
  return { fleet, overtaken, remove, runtime };
}

const claim = { customer: 'acme', cluster: 'production', operationId: 'op-1' };

describe('a DELETE of a cluster', () => {
  it('that another DELETE overtakes leaves nothing that can be claimed', async () => {
    const { fleet, overtaken, remove, runtime } = await given();

    const answer = await overtaken('registry.deleteCluster', { slow: remove, other: remove });

    expect(answer?.status).toBe(409);
    expect(await runtime()).toMatchObject({ isRetired: true });
    expect(await fleet.registry.claim(claim)).toEqual({ kind: 'no-such-cluster' });
    expect((await remove()).status).toBe(404);
  });

  it('that a PUT overtakes lets the cluster stay', async () => {
    const { fleet, overtaken, remove, runtime } = await given();
    const other = () => fleet.call('PUT', clusterPath, { body: { ...clusterSpec, environment: 'staging' } });

    const answer = await overtaken('registry.deleteCluster', { slow: remove, other });

    expect(answer?.status).toBe(409);
    expect(await runtime()).toMatchObject({ isRetired: false });
    expect((await fleet.call('GET', clusterPath)).status).toBe(200);
  });

  it('tells what an operation left that ended and died before it could say so', async () => {
    const { fleet, remove } = await given();
    const steps = { 'commit-manifests': { state: 'SUCCEEDED', attempt: 1 } } as const;
    await fleet.operations.putIfAbsent(operationInState('FAILED', { endedAt: '2027-01-01T00:01:00.000Z', steps }));
    await fleet.registry.claim(claim);

    const answer = await remove('?abandon=true');

    expect(answer.status).toBe(200);
    const leavings = ['access-entry', 'repository-files'];
    expect(await answer.json()).toEqual({ id: 'production', abandoned: { leavings } });
    const events = await (await fleet.call('GET', '/v1/customers/acme/events?type=cluster.deleted')).json();
    expect(events).toMatchObject({ items: [{ caller, after: { abandoned: { leavings } } }] });
  });

  it('is not held up by a claim of which nothing else is left', async () => {
    const { fleet, remove } = await given();
    await fleet.registry.claim({ ...claim, operationId: 'op-gone' });

    expect((await remove()).status).toBe(204);
  });

  it('is held up by an operation that has not ended', async () => {
    const { fleet, remove } = await given();
    await fleet.operations.putIfAbsent(operationInState('CANCELLING'));
    await fleet.registry.claim(claim);

    expect((await remove('?abandon=true')).status).toBe(409);
    expect((await fleet.call('GET', clusterPath)).status).toBe(200);
  });
});

describe('a bootstrap that was asked for before its cluster', () => {
  it('was deleted is not found', async () => {
    const { fleet, overtaken, remove } = await given();
    const slow = () => fleet.call('POST', `${clusterPath}/bootstrap`);

    const answer = await overtaken('operations.putIfAbsent', { slow, other: remove });

    expect(answer?.status).toBe(404);
    expect(fleet.engine.started.size).toBe(0);
  });

  it('became another EKS cluster touches neither', async () => {
    const { fleet, overtaken, remove } = await given();
    const slow = () => fleet.call('POST', `${clusterPath}/bootstrap`);
    const other = async () => {
      await remove();
      const answer = await fleet.call('PUT', clusterPath, { body: { ...clusterSpec, eksName: 'another' } });
      expect(answer.status).toBe(201);
    };
    const answer = await overtaken('operations.putIfAbsent', { slow, other });
    const { id: operationId } = await operationOf(answer ?? new Response());
    const steps = createBootstrapSteps(fleet.deps);
    await steps.begin(operationId);

    const result = await steps.preflight({ operationId, attempt: 1 });

    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'spec-changed', retryable: true } });
    expect(fleet.faults.eks.calls).toEqual([]);
  });
});
