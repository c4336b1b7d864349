import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { eventTypesOf } from '../../support/lists.ts';
import { customerPath, putGrant, sendGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('joins the operation that applies the same', async () => {
  const fleet = await fleets.registered();
  const { id } = await putGrant(fleet);

  const answer = await sendGrant(fleet);

  expect(answer.status).toBe(202);
  expect(answer.headers.get('location')).toBe(`/prod${customerPath}/operations/${id}`);
  expect(await operationOf(answer)).toMatchObject({ id });
  expect(await fleet.operations.listOpen(10)).toEqual([id]);
  expect(fleet.engine.started.size).toBe(1);
});

it('is one operation and one change for twenty requests at once', async () => {
  const fleet = await fleets.registered();

  const answers = await Promise.all(Array.from({ length: 20 }, () => sendGrant(fleet)));

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const ids = await Promise.all(answers.map(async (answer) => (await operationOf(answer)).id));
  expect(new Set(ids).size).toBe(1);
  expect(fleet.engine.started.size).toBe(1);
  expect((await eventTypesOf(fleet)).filter((type) => type.startsWith('ecr-grant'))).toEqual(['ecr-grant.created']);
});
