import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, grantPath, putGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('withdraws nothing while it is applied, and says by which operation', async () => {
  const fleet = await fleets.registered();
  const { id } = await putGrant(fleet);

  const answer = await fleet.call('DELETE', grantPath);

  expect(answer.headers.get('location')).toBe(`/prod${customerPath}/operations/${id}`);
  const problem = await expectProblem(answer, { status: 409, code: 'operation-in-progress' });
  expect(problem['detail']).toContain(id);
  expect((await resourceOf(await fleet.call('GET', grantPath))).status).toMatchObject({ state: 'APPLYING' });
});
