import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { putCluster, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const reused = { status: 422, code: 'idempotency-key-reused' };
const headers = { 'idempotency-key': 'deploy-42' };

async function given() {
  const fleet = await fleets.registered();
  const post = (body: object) => fleet.call('POST', `${clusterPath}/bootstrap`, { body, headers });
  await post({});
  return { fleet, post };
}

it('refuses a key with another body', async () => {
  const { fleet, post } = await given();

  await expectProblem(post({ replace: true }), reused);

  expect(fleet.engine.started.size).toBe(1);
});

it("refuses a key when the cluster's spec has changed since", async () => {
  const { fleet, post } = await given();
  await putCluster(fleet, { environment: 'a' });

  await expectProblem(post({}), reused);
});

it("refuses a key when the customer's spec has changed since", async () => {
  const { fleet, post } = await given();
  await putCustomer(fleet, 'acme', { displayName: 'Acme Ltd' });

  await expectProblem(post({}), reused);
});
