import { expect, it } from 'vitest';
import { grantRecord } from '../../contracts/registry-records.ts';
import { account, clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import {
  accountPath,
  customerPath,
  putAccount,
  putCluster,
  putCustomer,
  useFleets,
} from '../../support/route-fleet.ts';

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

it('keeps an account whose registry a grant is for, and names those grants only', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  await putAccount(fleet);
  await putAccount(fleet, { path: `${customerPath}/accounts/999900001111` });
  const registry = { accountId: account, region: 'eu-west-1' };
  const principal = { type: 'account', accountId: '999900001111' } as const;
  await fleet.registry.putEcrGrant(grantRecord({ id: 'own' }, { registry, principal }), 'event');
  await fleet.registry.putEcrGrant(grantRecord({ id: 'elsewhere' }), 'event');

  const problem = await expectProblem(fleet.call('DELETE', accountPath), { status: 409, code: 'resource-in-use' });

  expect(problem['usedBy']).toEqual([`${customerPath}/ecr-grants/own`]);
  expect((await fleet.call('DELETE', `${customerPath}/accounts/999900001111`)).status).toBe(204);
  await fleet.registry.deleteEcrGrant('acme', 'own', { version: 2, changedBy: 'event' });
  expect((await fleet.call('DELETE', accountPath)).status).toBe(204);
});
