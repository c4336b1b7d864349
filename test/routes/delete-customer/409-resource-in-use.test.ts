import { expect, it } from 'vitest';
import { grantRecord } from '../../contracts/registry-records.ts';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, customerPath, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const inUse = { status: 409, code: 'resource-in-use' };

it('keeps a customer with clusters and accounts, and names them', async () => {
  const fleet = await fleets.registered();

  const problem = await expectProblem(fleet.call('DELETE', customerPath), inUse);

  expect(problem['usedBy']).toEqual([clusterPath, accountPath]);
  expect(problem['detail']).toContain(clusterPath);
  expect((await fleet.call('GET', customerPath)).status).toBe(200);
});

it('names what is left when some of it was deleted', async () => {
  const fleet = await fleets.registered();
  await fleet.call('DELETE', clusterPath);

  const problem = await expectProblem(fleet.call('DELETE', customerPath), inUse);

  expect(problem['usedBy']).toEqual([accountPath]);
});

it('names ten of many, and says how many more there are', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  for (let n = 0; n < 12; n += 1) {
    await putAccount(fleet, { path: `${customerPath}/accounts/${String(n).padStart(12, '0')}` });
  }

  const problem = await expectProblem(fleet.call('DELETE', customerPath), inUse);

  expect(problem['usedBy']).toHaveLength(10);
  expect(problem['detail']).toContain('and 2 more');
});

it('keeps a customer with grants, also one that is being withdrawn, until they are gone', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  await fleet.registry.putEcrGrant(grantRecord({ isWithdrawn: true }), 'event');

  const problem = await expectProblem(fleet.call('DELETE', customerPath), inUse);

  expect(problem['usedBy']).toEqual([`${customerPath}/ecr-grants/staging-pull`]);
  await fleet.registry.deleteEcrGrant('acme', 'staging-pull', { version: 2, changedBy: 'event' });
  expect((await fleet.call('DELETE', customerPath)).status).toBe(204);
});
