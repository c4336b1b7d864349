import { expect, it } from 'vitest';
import { customerSpec } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { customerPath, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const invalid = { status: 400, code: 'invalid-request' };
const repository = (fields: object) => ({ repository: { ...customerSpec.repository, ...fields } });

it('takes no ExternalId from a body', async () => {
  const fleet = await fleets.empty();
  const body = { ...customerSpec, externalId: 'chosen' };

  const problem = await expectProblem(fleet.call('PUT', customerPath, { body }), invalid);

  expect(problem['errors']).toEqual([{ pointer: '/externalId', detail: 'is not a field of this resource' }]);
});

it.each<[string, object]>([
  ['/displayName', { displayName: '' }],
  ['/displayName', { displayName: '   ' }],
  ['/displayName', { displayName: 'x'.repeat(101) }],
  ['/displayName', { displayName: undefined }],
  ['/repository', { repository: undefined }],
  ['/repository/host', repository({ host: '' })],
  ['/repository/owner', repository({ owner: 'a/b' })],
  ['/repository/name', repository({ name: 'infrastructure.git' })],
  ['/repository/name', repository({ name: '..' })],
  ['/repository/branch', repository({ branch: 'refs//heads' })],
  ['/repository/branch', repository({ branch: 'a..b' })],
  ['/repository/token', repository({ token: 'x' })],
  ['/delivery', { delivery: 'byPost' }],
])('refuses a spec at %s: %o', async (pointer, changes) => {
  const fleet = await fleets.empty();

  const problem = await expectProblem(
    fleet.call('PUT', customerPath, { body: { ...customerSpec, ...changes } }),
    invalid,
  );

  expect(problem['errors']).toMatchObject([{ pointer }]);
  expect(problem['detail']).toContain(pointer);
  expect(fleet.faults.registry.calls).toEqual([]);
});

it('takes no entity tag in If-None-Match', async () => {
  const fleet = await fleets.empty();

  await expectProblem(putCustomer(fleet, 'acme', { headers: { 'if-none-match': '"x"' } }), invalid);

  expect(await fleet.registry.getCustomer('acme')).toBeUndefined();
});
