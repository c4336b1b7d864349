import { describe, expect, it } from 'vitest';
import { operationOf } from '../support/answers.ts';
import { useDynalite } from '../support/fleet-table.ts';
import { clusterPath, makeFleet } from '../support/fleet.ts';
import { setState } from '../support/operations.ts';
import { expectProblem } from '../support/problems.ts';

const dynamo = useDynalite();

async function given() {
  const table = await dynamo.table();
  const fleet = makeFleet(table);
  await fleet.register();
  const { id } = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`));
  fleet.faults.operations.calls.length = 0;
  const get = (headers: Record<string, string> = {}) =>
    fleet.call('GET', `/v1/customers/acme/operations/${id}`, { headers });
  const end = () =>
    fleet.operations.end(id, ['PENDING', 'RUNNING'], { state: 'SUCCEEDED', at: fleet.clock.now().toISOString() });
  const looks = () => fleet.faults.operations.calls.filter((call) => call === 'get').length;
  return { table, fleet, id, get, end, looks };
}

describe('an operation', () => {
  it('shows its steps in their order and nothing of how it is kept', async () => {
    const { id, get } = await given();

    const answer = await get();

    expect(answer.status).toBe(200);
    expect(answer.headers.get('retry-after')).toBe('2');
    const body = await operationOf(answer);
    expect(body.steps.map(({ name }) => name)).toEqual([
      ...['preflight', 'commit-manifests', 'apply-namespace-and-crds', 'apply-components'],
      ...['provision-deploy-key', 'apply-sync', 'await-reconciled', 'record'],
    ]);
    expect(Object.keys(body).toSorted()).toEqual([
      'cluster',
      'createdAt',
      'customer',
      'deadlineAt',
      'id',
      'kind',
      'state',
      'steps',
    ]);
    expect(body.id).toBe(id);
  });

  it('of another customer does not exist', async () => {
    const { fleet, id } = await given();

    await expectProblem(fleet.call('GET', `/v1/customers/other/operations/${id}`), { status: 404, code: 'not-found' });
    await expectProblem(fleet.call('GET', '/v1/customers/acme/operations/op-unknown'), {
      status: 404,
      code: 'not-found',
    });
  });
});

describe('Prefer: wait', () => {
  it('is over as soon as the operation rests', async () => {
    const { fleet, get, end, looks } = await given();
    fleet.faults.operations.onCall('get', async () => {
      if (looks() === 2) await end();
    });
    const begun = performance.now();

    const answer = await get({ prefer: 'wait=25' });

    expect(await operationOf(answer)).toMatchObject({ state: 'SUCCEEDED' });
    expect(looks()).toBe(2);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('does not wait for one that has ended', async () => {
    const { get, end, looks } = await given();
    await end();

    const answer = await get({ prefer: 'wait=25' });

    expect(answer.headers.get('retry-after')).toBeNull();
    expect(looks()).toBe(1);
  });

  it.each(['AWAITING_MERGE', 'AWAITING_REGISTRATION'] as const)(
    'does not wait for one that waits for a person: %s',
    async (state) => {
      const { table, id, get, looks } = await given();
      await setState(table, id, state);

      expect(await operationOf(await get({ prefer: 'wait=25' }))).toMatchObject({ state });
      expect(looks()).toBe(1);
    },
  );

  it('answers with the operation as it is when the time is over', async () => {
    const { get, looks } = await given();

    const answer = await get({ prefer: 'respond-async, wait=1' });

    expect(await operationOf(answer)).toMatchObject({ state: 'PENDING' });
    expect(looks()).toBeGreaterThan(2);
  });

  it.each(['wait', 'wait=soon', 'wait=-1', 'handling=strict'])('is ignored when it says %s', async (prefer) => {
    const { get, looks } = await given();

    expect((await get({ prefer })).status).toBe(200);
    expect(looks()).toBe(1);
  });
});
