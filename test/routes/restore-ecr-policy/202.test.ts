import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { caller } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { customerPath, historyPath, keepPolicy, keptPolicy, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${historyPath}/${keptPolicy.id}/restore?repository=team/api`;

async function given() {
  const fleet = await fleets.registered();
  await keepPolicy(fleet);
  return fleet;
}

it('answers with the operation, its Location with the stage, and Retry-After', async () => {
  const fleet = await given();

  const answer = await fleet.call('POST', path);

  expect(answer.status).toBe(202);
  const operation = await operationOf(answer);
  expect(operation).toMatchObject({
    ...{ kind: 'restore-ecr-policy', registry: '111122223333/eu-west-1', state: 'PENDING' },
    steps: [{ name: 'preflight' }, { name: 'write-policies' }, { name: 'record' }],
  });
  expect(answer.headers.get('location')).toBe(`/prod${customerPath}/operations/${operation.id}`);
  expect(answer.headers.get('retry-after')).toBe('2');
  expect([...fleet.engine.started]).toEqual([operation.id]);
});

it('keeps which document it is, and tells of it in the events', async () => {
  const fleet = await given();

  const { id } = await operationOf(await fleet.call('POST', path));

  expect((await fleet.operations.get(id))?.snapshot).toMatchObject({
    registry: keptPolicy.registry,
    externalId: (await fleet.registry.getCustomer('acme'))?.externalId,
    restore: { repository: 'team/api', version: keptPolicy.id },
  });
  const [event] = await eventsOf(fleet);
  expect(event).toMatchObject({
    ...{ type: 'operation.accepted', caller },
    after: { kind: 'restore-ecr-policy', registry: '111122223333/eu-west-1' },
  });
});

it('joins the operation that does the same', async () => {
  const fleet = await given();

  const ids = [await operationOf(await fleet.call('POST', path)), await operationOf(await fleet.call('POST', path))];

  expect(ids[1]?.id).toBe(ids[0]?.id);
});

it('answers a key that comes again with its operation', async () => {
  const fleet = await given();
  const headers = { 'idempotency-key': 'restore-1' };
  const first = await operationOf(await fleet.call('POST', path, { headers }));

  const again = await fleet.call('POST', path, { headers });

  expect(again.status).toBe(202);
  expect(await operationOf(again)).toMatchObject({ id: first.id });
});
