import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('does not change the repository while an operation works with it, and says which', async () => {
  const { fleet, id } = await fleets.operating();

  const answer = await putCustomer(fleet, 'acme', { name: 'new' });

  expect(answer.headers.get('location')).toBe(`/prod${customerPath}/operations/${id}`);
  const problem = await expectProblem(answer, { status: 409, code: 'operation-in-progress' });
  expect(problem['detail']).toContain(id);
  expect((await fleet.registry.getCustomer('acme'))?.spec.repository.name).toBe('infrastructure');
});

it.each([
  ['another branch', { branch: 'production' }],
  ['another way to write its name', { name: 'Infrastructure' }],
])('does not change the repository to %s either', async (_, change) => {
  const { fleet } = await fleets.operating();

  await expectProblem(putCustomer(fleet, 'acme', change), { status: 409, code: 'operation-in-progress' });
});

it('leaves the repository that was asked for to others', async () => {
  const { fleet } = await fleets.operating();

  await putCustomer(fleet, 'acme', { name: 'new' });

  expect((await putCustomer(fleet, 'other', { name: 'new' })).status).toBe(201);
});
