import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { bootstrapEngine } from '../../support/bootstrap-engine.ts';
import { putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const taken = { status: 409, code: 'repository-taken' };

it('gives a repository to one customer, however it is written', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  const problem = await expectProblem(putCustomer(fleet, 'other', { owner: 'ACME', branch: 'b' }), taken);

  expect(problem['errors']).toMatchObject([{ pointer: '/repository' }]);
  expect(JSON.stringify(problem)).not.toContain('acme');
  await expectProblem(fleet.call('GET', '/v1/customers/other'), { status: 404, code: 'not-found' });
});

it('refuses a change to a repository that another customer has', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  await putCustomer(fleet, 'other', { name: 'other' });

  await expectProblem(putCustomer(fleet, 'other'), taken);

  expect((await fleet.registry.getCustomer('other'))?.spec.repository.name).toBe('other');
});

it('does not take over what is in use, however long ago it was taken', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  fleet.clock.advance(365 * 86_400_000);

  await expectProblem(putCustomer(fleet, 'other'), taken);
});

it('keeps a repository that a cluster still reads with its customer', async () => {
  const fleet = await fleets.registered();
  const engine = await bootstrapEngine(fleet);
  expect(await engine.bootstrap()).toMatchObject({ state: 'SUCCEEDED' });

  expect((await putCustomer(fleet, 'acme', { name: 'new' })).status).toBe(200);

  await expectProblem(putCustomer(fleet, 'other'), taken);
  fleet.clock.advance(60 * 60_000);
  await expectProblem(putCustomer(fleet, 'other'), taken);
  expect((await putCustomer(fleet)).status).toBe(200);
});
