import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { beforeNext, grant, grantPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('withdraws nothing that was declared anew between its look and its claim', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);
  beforeNext(fleet, 'claim', () => grant(fleet, { access: 'push' }));

  await expectProblem(fleet.call('DELETE', grantPath), { status: 409, code: 'conflict' });

  expect((await resourceOf(await fleet.call('GET', grantPath))).spec).toMatchObject({ access: 'push' });
  expect(await eventTypesOf(fleet)).not.toContain('ecr-grant.withdrawn');
  expect(await fleet.operations.listOpen(10)).toEqual([]);
});
