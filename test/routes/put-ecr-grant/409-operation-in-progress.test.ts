import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { grantSpec } from '../../support/fleet.ts';
import { eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, grant, grantPath, putGrant, sendGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const inProgress = { status: 409, code: 'operation-in-progress' };

it('declares nothing while the grant is applied otherwise, and says by which operation', async () => {
  const fleet = await fleets.registered();
  const { id } = await putGrant(fleet);

  const answer = await sendGrant(fleet, { access: 'push' });

  expect(answer.headers.get('location')).toBe(`/prod${customerPath}/operations/${id}`);
  const problem = await expectProblem(answer, inProgress);
  expect(problem['detail']).toContain(id);
  expect((await resourceOf(await fleet.call('GET', grantPath))).spec).toEqual(grantSpec);
  expect(await fleet.operations.listOpen(10)).toEqual([id]);
  expect((await eventTypesOf(fleet)).filter((type) => type.startsWith('ecr-grant'))).toEqual(['ecr-grant.created']);
});

it('declares nothing while the grant is withdrawn', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);
  await fleet.call('DELETE', grantPath);

  await expectProblem(sendGrant(fleet), inProgress);

  expect((await resourceOf(await fleet.call('GET', grantPath))).status).toMatchObject({ state: 'WITHDRAWING' });
});
