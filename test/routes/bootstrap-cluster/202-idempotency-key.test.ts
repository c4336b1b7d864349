import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { clusterPath, clusterSpec } from '../../support/fleet.ts';
import { customerPath, putCluster, runToEnd, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const key = { 'idempotency-key': 'deploy-42' };

async function given() {
  const fleet = await fleets.registered();
  const post = (body?: unknown, path = clusterPath) =>
    fleet.call('POST', `${path}/bootstrap`, body === undefined ? { headers: key } : { body, headers: key });
  return { fleet, post };
}

it('answers fifty requests at once with one operation and equal bodies', async () => {
  const { fleet, post } = await given();

  const answers = await Promise.all(Array.from({ length: 50 }, () => post({})));
  const bodies = await Promise.all(answers.map((answer) => answer.text()));

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(bodies).size).toBe(1);
  expect(fleet.engine.started.size).toBe(1);
});

it('is the same for a body that says what is meant anyway', async () => {
  const { post } = await given();
  const first = await operationOf(await post());

  expect(await operationOf(await post({ allowPrune: false }))).toMatchObject({ id: first.id });
});

it('of another cluster is another key', async () => {
  const { fleet, post } = await given();
  const first = await operationOf(await post({}));
  const path = `${customerPath}/clusters/staging`;
  await fleet.call('PUT', path, { body: { ...clusterSpec, eksName: 'staging' } });

  const other = await operationOf(await post({}, path));

  expect(other.id).not.toBe(first.id);
});

it('of another customer is another key', async () => {
  const fleet = await fleets.withTwoCustomers();
  const path = '/v1/customers/other/clusters/production';
  await putCluster(fleet);
  await putCluster(fleet, { eksName: 'theirs' }, { path });

  const ids = await Promise.all(
    [clusterPath, path].map(async (cluster) =>
      operationOf(await fleet.call('POST', `${cluster}/bootstrap`, { headers: key })),
    ),
  );

  expect(ids[0]?.id).not.toBe(ids[1]?.id);
});

it.each(['FAILED', 'CANCELLED'] as const)('is free again when its operation is %s', async (state) => {
  const { fleet, post } = await given();
  const first = await operationOf(await post({}));
  await runToEnd(fleet, first.id, state);

  const second = await operationOf(await post({}));

  expect(second.id).not.toBe(first.id);
  expect(second.state).toBe('PENDING');
});

it('is free again when its operation ended more than 24 hours ago', async () => {
  const { fleet, post } = await given();
  const first = await operationOf(await post({}));
  await runToEnd(fleet, first.id);

  fleet.clock.advance(24 * 3_600_000);
  expect((await operationOf(await post({}))).id).toBe(first.id);
  fleet.clock.advance(1);
  const second = await operationOf(await post({}));

  expect(second.id).not.toBe(first.id);
});

it('is free again when its request was refused', async () => {
  const { fleet, post } = await given();
  const running = await operationOf(
    await fleet.call('POST', `${clusterPath}/bootstrap`, { body: { allowPrune: true } }),
  );
  expect((await post({})).status).toBe(409);
  await runToEnd(fleet, running.id);

  const answer = await post({});

  expect(answer.status).toBe(202);
  expect(await operationOf(answer)).toMatchObject({ state: 'PENDING' });
});
