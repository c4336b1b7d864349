import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const taken = { status: 409, code: 'cluster-taken' };

const second = '/v1/customers/acme/clusters/second';

it('gives an EKS cluster one id', async () => {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);

  const problem = await expectProblem(putCluster(fleet, {}, { path: second }), taken);

  expect(problem['errors']).toMatchObject([{ pointer: '/eksName' }]);
  expect(JSON.stringify(problem)).not.toContain('clusters/production');
  await expectProblem(fleet.call('GET', second), { status: 404, code: 'not-found' });
  expect((await putCluster(fleet, { region: 'eu-central-1' }, { path: second })).status).toBe(201);
});

it('gives it to one of many ids that ask for it at once', async () => {
  const fleet = await fleets.withTwoCustomers();

  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => putCluster(fleet, {}, { path: `/v1/customers/acme/clusters/c${n}` })),
  );

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
});

it('gives it to another id once it was forgotten', async () => {
  const fleet = await fleets.withTwoCustomers();
  await putCluster(fleet);
  await expectProblem(putCluster(fleet, {}, { path: second }), taken);

  await fleet.call('DELETE', clusterPath);

  expect((await putCluster(fleet, {}, { path: second })).status).toBe(201);
});
