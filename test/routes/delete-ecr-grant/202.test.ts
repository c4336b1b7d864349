import { expect, it } from 'vitest';
import { operationOf, resourceOf } from '../../support/answers.ts';
import { caller, grantSpec } from '../../support/fleet.ts';
import { eventsOf, eventTypesOf } from '../../support/lists.ts';
import { customerPath, etagOf, grant, grantPath, runToEnd, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function given() {
  const fleet = await fleets.registered();
  await grant(fleet);
  fleet.clock.advance(1);
  return fleet;
}

it('answers with the operation that takes the right away, and shows the grant until it is done', async () => {
  const fleet = await given();

  const answer = await fleet.call('DELETE', grantPath);

  expect(answer.status).toBe(202);
  const operation = await operationOf(answer);
  expect(operation).toMatchObject({ kind: 'withdraw-ecr-grant', grant: 'staging-pull', state: 'PENDING' });
  expect(answer.headers.get('location')).toBe(`/prod${customerPath}/operations/${operation.id}`);
  expect(await resourceOf(await fleet.call('GET', grantPath))).toMatchObject({
    spec: grantSpec,
    status: { state: 'WITHDRAWING', operation: operation.id },
  });
  expect(fleet.engine.started.has(operation.id)).toBe(true);
});

it('tells of it with who asked', async () => {
  const fleet = await given();

  const answer = await fleet.call('DELETE', grantPath);

  expect(await eventsOf(fleet)).toContainEqual(
    expect.objectContaining({
      ...{ type: 'ecr-grant.withdrawn', resource: grantPath, caller, before: grantSpec },
      requestId: answer.headers.get('x-request-id'),
    }),
  );
});

it('withdraws what was read, under If-Match', async () => {
  const fleet = await given();
  const headers = { 'if-match': await etagOf(fleet.call('GET', grantPath)) };

  expect((await fleet.call('DELETE', grantPath, { headers })).status).toBe(202);
});

it('joins the DELETE that is at work', async () => {
  const fleet = await given();
  const { id } = await operationOf(await fleet.call('DELETE', grantPath));

  const again = await fleet.call('DELETE', grantPath);

  expect(again.status).toBe(202);
  expect(await operationOf(again)).toMatchObject({ id });
});

it('goes on where one failed, and tells of it once', async () => {
  const fleet = await given();
  await runToEnd(fleet, (await operationOf(await fleet.call('DELETE', grantPath))).id, 'FAILED');
  expect((await resourceOf(await fleet.call('GET', grantPath))).status).toMatchObject({ state: 'WITHDRAWING' });

  const again = await fleet.call('DELETE', grantPath);

  expect(again.status).toBe(202);
  expect(await operationOf(again)).toMatchObject({ state: 'PENDING' });
  expect((await eventTypesOf(fleet)).filter((type) => type === 'ecr-grant.withdrawn')).toHaveLength(1);
});

it('is taken back by a PUT once it has ended', async () => {
  const fleet = await given();
  await runToEnd(fleet, (await operationOf(await fleet.call('DELETE', grantPath))).id, 'FAILED');

  await grant(fleet);

  expect((await resourceOf(await fleet.call('GET', grantPath))).status).toMatchObject({ state: 'APPLIED' });
});
