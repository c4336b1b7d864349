import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { bootstrapEngine } from '../../support/bootstrap-engine.ts';
import { unavailable } from '../../support/faults.ts';
import { caller, clusterPath, clusterSpec, customerSpec } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { customerPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function given() {
  const fleet = await fleets.registered();
  fleet.clock.advance(1);
  const post = (body?: unknown, headers: Record<string, string> = {}) =>
    fleet.call('POST', `${clusterPath}/bootstrap`, body === undefined ? { headers } : { body, headers });
  return { fleet, post };
}

it('answers with the operation, its Location with the stage, and Retry-After', async () => {
  const { fleet, post } = await given();

  const answer = await post();

  expect(answer.status).toBe(202);
  const { id, state, steps } = await operationOf(answer);
  expect(answer.headers.get('location')).toBe(`/prod${customerPath}/operations/${id}`);
  expect(answer.headers.get('retry-after')).toBe('2');
  expect(state).toBe('PENDING');
  expect(new Set(steps.map((step) => step.state))).toEqual(new Set(['PENDING']));
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

it('accepts an operation that the engine cannot start now: the sweeper will', async () => {
  const { fleet, post } = await given();
  fleet.faults.engine.fail('start', { when: 'before', error: unavailable('workflow-engine') });

  const answer = await post();

  expect(answer.status).toBe(202);
  const { id } = await operationOf(answer);
  expect(await fleet.operations.listOpen(10)).toEqual([id]);
});

it('repairs a cluster that was bootstrapped already', async () => {
  const { fleet, post } = await given();
  const first = await (await bootstrapEngine(fleet)).bootstrap();

  const answer = await post();

  expect(answer.status).toBe(202);
  expect((await operationOf(answer)).id).not.toBe(first.id);
});

it('tells of it in the events', async () => {
  const { fleet, post } = await given();

  const answer = await post();

  const [event] = await eventsOf(fleet);
  expect(event).toMatchObject({
    type: 'operation.accepted',
    resource: answer.headers.get('location')?.replace('/prod', ''),
    caller,
    requestId: answer.headers.get('x-request-id'),
    after: { kind: 'bootstrap-cluster', cluster: 'production', state: 'PENDING' },
  });
});

it('needs no body', async () => {
  const { fleet, post } = await given();

  const first = await operationOf(await post());
  const blank = await fleet.call('POST', `${clusterPath}/bootstrap`, { body: '  ' });

  expect(blank.status).toBe(202);
  expect((await operationOf(blank)).id).toBe(first.id);
});
