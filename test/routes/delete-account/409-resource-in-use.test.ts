import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, customerPath, putAccount, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('keeps an account that a cluster is in, and names the clusters', async () => {
  const fleet = await fleets.registered();
  const second = `${customerPath}/clusters/second`;
  await putCluster(fleet, { eksName: 'second' }, { path: second });

  const problem = await expectProblem(fleet.call('DELETE', accountPath), { status: 409, code: 'resource-in-use' });

  expect(problem['usedBy']).toEqual([clusterPath, second]);
  expect((await fleet.call('GET', accountPath)).status).toBe(200);
});

it('names no cluster of another account', async () => {
  const fleet = await fleets.registered();
  await putAccount(fleet, { path: `${customerPath}/accounts/999900001111` });
  await putCluster(fleet, { accountId: '999900001111' }, { path: `${customerPath}/clusters/second` });

  const problem = await expectProblem(fleet.call('DELETE', accountPath), { status: 409, code: 'resource-in-use' });

  expect(problem['usedBy']).toEqual([clusterPath]);
});
