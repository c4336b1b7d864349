import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { clusterPath, clusterSpec } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const immutable = { status: 409, code: 'immutable-field' };

it('changes nothing of what says which EKS cluster it is', async () => {
  const fleet = await fleets.registered();

  const problem = await expectProblem(putCluster(fleet, { region: 'eu-central-1', eksName: 'another' }), immutable);

  expect(problem['errors']).toEqual([
    { pointer: '/region', detail: 'is eu-west-1 and cannot change' },
    { pointer: '/eksName', detail: 'is production and cannot change' },
  ]);
});

it.each([
  ['accountId', '999900001111'],
  ['region', 'eu-central-1'],
  ['eksName', 'another'],
])('does not change %s, not even with other changes', async (field, value) => {
  const fleet = await fleets.registered();

  const problem = await expectProblem(putCluster(fleet, { [field]: value, environment: 'a' }), immutable);

  expect(problem['errors']).toMatchObject([{ pointer: `/${field}` }]);
  expect((await resourceOf(await fleet.call('GET', clusterPath))).spec).toEqual(clusterSpec);
});
