import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import {
  customerPath,
  historyPath,
  keepPolicy,
  keptPolicy,
  otherPath,
  putAccount,
  putCustomer,
  useFleets,
} from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };
const restore = `${keptPolicy.id}/restore?repository=team/api`;

it('restores nothing that is not kept: of another repository, another registry, another time', async () => {
  const fleet = await fleets.registered();
  await keepPolicy(fleet);

  for (const path of [
    `${historyPath}/${restore.replace('api', 'web')}`,
    `${historyPath.replace('eu-west-1', 'eu-central-1')}/${restore}`,
    `${historyPath}/20270101T000000.000Z_id2/restore?repository=team/api`,
  ]) {
    await expectProblem(fleet.call('POST', path), missing);
  }

  expect(await fleet.operations.listOpen(10)).toEqual([]);
});

it("restores nothing of another customer's, be it in an account that both have", async () => {
  const fleet = await fleets.registered();
  await keepPolicy(fleet);
  await putCustomer(fleet, 'other', { name: 'other' });
  const path = `${historyPath.replace(customerPath, otherPath)}/${restore}`;

  await expectProblem(fleet.call('POST', path), missing);
  await putAccount(fleet, { path: `${otherPath}/accounts/${keptPolicy.registry.accountId}` });
  await expectProblem(fleet.call('POST', path), missing);

  expect(fleet.faults.engine.calls).toEqual([]);
});

it('restores nothing that is older than 90 days', async () => {
  const fleet = await fleets.registered();
  await keepPolicy(fleet, { at: fleet.clock.now().toISOString() });
  fleet.clock.advance(90 * 24 * 3_600_000 + 1000);

  await expectProblem(fleet.call('POST', `${historyPath}/${restore}`), missing);
});
