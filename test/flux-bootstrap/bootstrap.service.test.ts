import { describe, expect, it } from 'vitest';
import { operationOf } from '../support/answers.ts';
import { useDynalite } from '../support/fleet-table.ts';
import { caller, clusterPath, clusterSpec, customerSpec, makeFleet } from '../support/fleet.ts';
import { expectProblem } from '../support/problems.ts';

const dynamo = useDynalite();

async function given() {
  const fleet = makeFleet(await dynamo.table());
  await fleet.register();
  const post = (body?: unknown, headers: Record<string, string> = {}) =>
    fleet.call('POST', `${clusterPath}/bootstrap`, body === undefined ? { headers } : { body, headers });
  return { fleet, post };
}

describe('POST bootstrap', () => {
  it('answers 202 with the operation, its Location with the stage, and Retry-After', async () => {
    const { fleet, post } = await given();

    const answer = await post();

    expect(answer.status).toBe(202);
    const { id } = await operationOf(answer);
    expect(answer.headers.get('location')).toBe(`/prod/v1/customers/acme/operations/${id}`);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect([...fleet.engine.started]).toEqual([id]);
  });

  it('keeps the specs as they are now, with their defaults, and who asked', async () => {
    const { fleet, post } = await given();

    const { id } = await operationOf(await post({ allowPrune: true }));
    await fleet.call('PUT', clusterPath, { body: { ...clusterSpec, flux: { version: '9.9.9' } } });

    const operation = await fleet.operations.get(id);
    expect(operation).toMatchObject({ caller, customer: 'acme', cluster: 'production' });
    expect(operation?.snapshot).toMatchObject({
      repository: customerSpec.repository,
      roleArn: 'arn:aws:iam::111122223333:role/fleet-api',
      externalId: (await fleet.registry.getCustomer('acme'))?.externalId,
      flux: { version: '2.9.2', interval: '1m0s' },
      allowPrune: true,
      replace: false,
    });
  });

  it('has a deadline half an hour ahead', async () => {
    const { fleet, post } = await given();

    const operation = await fleet.operations.get((await operationOf(await post())).id);

    expect(Date.parse(operation?.deadlineAt ?? '') - fleet.clock.now().getTime()).toBe(30 * 60_000);
  });

  it('again joins the operation that wants the same', async () => {
    const { fleet, post } = await given();
    const first = await operationOf(await post());

    const second = await post();

    expect(second.status).toBe(202);
    expect(await operationOf(second)).toMatchObject({ id: first.id });
    expect(fleet.engine.started.size).toBe(1);
  });

  it.each<[string, object]>([
    ['another body', { replace: true }],
    ['another spec', {}],
  ])('is 409 with the Location of the one that runs, for %s', async (what, body) => {
    const { fleet, post } = await given();
    const first = await operationOf(await post());
    if (what === 'another spec') {
      await fleet.call('PUT', clusterPath, { body: { ...clusterSpec, flux: { version: '2.9.3' } } });
    }

    const answer = await post(body);

    expect(answer.headers.get('location')).toBe(`/prod/v1/customers/acme/operations/${first.id}`);
    const problem = await expectProblem(answer, { status: 409, code: 'operation-in-progress' });
    expect(problem['detail']).toContain(first.id);
  });

  it('joins although a label of the cluster was changed, which a bootstrap does not ask for', async () => {
    const { fleet, post } = await given();
    const first = await operationOf(await post());
    await fleet.call('PUT', clusterPath, { body: { ...clusterSpec, labels: { tier: 'gold' } } });

    expect(await operationOf(await post())).toMatchObject({ id: first.id });
  });

  it('of a cluster that is not there is not found, and leaves nothing', async () => {
    const { fleet } = await given();

    await expectProblem(fleet.call('POST', '/v1/customers/acme/clusters/other/bootstrap'), {
      status: 404,
      code: 'not-found',
    });
    expect(await fleet.operations.listOpen(10)).toEqual([]);
  });

  it('waits for the end when it is asked to: 200', async () => {
    const { fleet, post } = await given();
    fleet.faults.engine.onCall('start', async () => {
      const [id = ''] = await fleet.operations.listOpen(1);
      await fleet.operations.end(id, ['PENDING'], { state: 'SUCCEEDED', at: fleet.clock.now().toISOString() });
    });

    const answer = await post(undefined, { prefer: 'wait=20' });

    expect(answer.status).toBe(200);
    expect(await operationOf(answer)).toMatchObject({ state: 'SUCCEEDED' });
  });
});

describe('an idempotency key', () => {
  const key = { 'idempotency-key': 'deploy-42' };

  it('answers fifty requests at once with one operation and equal bodies', async () => {
    const { fleet, post } = await given();

    const answers = await Promise.all(Array.from({ length: 50 }, () => post({}, key)));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(bodies).size).toBe(1);
    expect(fleet.engine.started.size).toBe(1);
  });

  it('is refused with another body, and with a spec that has changed since', async () => {
    const { fleet, post } = await given();
    await post({}, key);

    await expectProblem(post({ replace: true }, key), { status: 422, code: 'idempotency-key-reused' });
    await fleet.call('PUT', clusterPath, { body: { ...clusterSpec, environment: 'a' } });
    await expectProblem(post({}, key), { status: 422, code: 'idempotency-key-reused' });
  });

  it('is the same for a body that says what is meant anyway', async () => {
    const { post } = await given();
    const first = await operationOf(await post(undefined, key));

    expect(await operationOf(await post({ allowPrune: false }, key))).toMatchObject({ id: first.id });
  });

  it('of another cluster or customer is another key', async () => {
    const { fleet, post } = await given();
    const first = await operationOf(await post({}, key));
    const path = '/v1/customers/acme/clusters/staging';
    await fleet.call('PUT', path, { body: { ...clusterSpec, eksName: 'staging' } });

    const other = await operationOf(await fleet.call('POST', `${path}/bootstrap`, { headers: key }));

    expect(other.id).not.toBe(first.id);
  });

  it('starts anew after a failure', async () => {
    const { fleet, post } = await given();
    const first = await operationOf(await post({}, key));
    await fleet.operations.end(first.id, ['PENDING'], { state: 'FAILED', at: fleet.clock.now().toISOString() });

    const second = await operationOf(await post({}, key));

    expect(second.id).not.toBe(first.id);
    expect(second.state).toBe('PENDING');
  });
});
