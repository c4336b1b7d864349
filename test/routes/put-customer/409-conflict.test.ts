import { expect, it } from 'vitest';
import { eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { beforeNext, holdUntil, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('lets one of two changes at the same moment through', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  holdUntil(fleet, 'putCustomer', 2);

  const answers = await Promise.all([
    putCustomer(fleet, 'acme', { branch: 'a' }),
    putCustomer(fleet, 'acme', { branch: 'b' }),
  ]);

  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
});

it('writes nothing over what somebody else wrote since, and tells of one change', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  beforeNext(fleet, 'putCustomer', () => putCustomer(fleet, 'acme', { displayName: 'Theirs' }));

  const problem = await expectProblem(putCustomer(fleet, 'acme', { displayName: 'Mine' }), {
    status: 409,
    code: 'conflict',
  });

  expect(problem['detail']).toContain('Read it again');
  expect((await fleet.registry.getCustomer('acme'))?.spec).toMatchObject({ displayName: 'Theirs' });
  expect(await eventTypesOf(fleet)).toEqual(['customer.updated', 'customer.created']);
});

it('lets one of two creations at the same moment through', async () => {
  const fleet = await fleets.empty();
  holdUntil(fleet, 'putCustomer', 2);

  const answers = await Promise.all([putCustomer(fleet), putCustomer(fleet, 'acme', { displayName: 'Second' })]);

  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
});
