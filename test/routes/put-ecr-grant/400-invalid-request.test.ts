import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { sendGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const invalid = { status: 400, code: 'invalid-request' };
const accountId = '222233334444';
const registry = { accountId: '111122223333', region: 'eu-west-1' };
const named = (...names: readonly unknown[]) => ({ repositories: { names } });
const numbered = Array.from({ length: 501 }, (_, n) => `team/r${n}`);

it.each<[string, object]>([
  ['/unknown', { unknown: 1 }],
  ['/registry', { registry: undefined }],
  ['/registry/accountId', { registry: { ...registry, accountId: '1' } }],
  ['/registry/region', { registry: { ...registry, region: 'Europe' } }],
  ['/registry/unknown', { registry: { ...registry, unknown: 1 } }],
  ['/repositories', { repositories: undefined }],
  ['/repositories', { repositories: {} }],
  ['/repositories', { repositories: { all: false } }],
  ['/repositories', { repositories: { all: true, names: ['team/api'] } }],
  ['/repositories', named(...numbered)],
  ['/repositories/names', named()],
  ['/repositories/names', named('team/api', 'team/web', 'team/api')],
  ['/repositories/names/1', named('team/api', 'Team/Web')],
  ['/repositories/names/0', named('team//api')],
  ['/repositories/names/0', named('a')],
  ['/repositories/names/0', named('a'.repeat(257))],
  ['/principal', { principal: undefined }],
  ['/principal', { principal: '*' }],
  ['/principal/type', { principal: { type: 'user', accountId } }],
  ['/principal/accountId', { principal: { type: 'account', accountId: '*' } }],
  ['/principal/roleName', { principal: { type: 'account', accountId, roleName: 'deployer' } }],
  ['/principal/roleName', { principal: { type: 'role', accountId } }],
  ['/principal/roleName', { principal: { type: 'role', accountId, roleName: '*' } }],
  ['/principal/roleName', { principal: { type: 'role', accountId, roleName: '/deployer' } }],
  ['/principal/organizationId', { principal: { type: 'organization', organizationId: 'o-*' } }],
  ['/principal/region', { principal: { type: 'lambda', accountId } }],
  ['/access', { access: 'admin' }],
  ['/reason', { reason: undefined }],
  ['/reason', { reason: ' ' }],
  ['/reason', { reason: 'x'.repeat(201) }],
  ['/expiresAt', { expiresAt: 'tomorrow' }],
  ['/expiresAt', { expiresAt: '2027-06-30T00:00:00+02:00' }],
])('refuses a spec at %s: %o', async (pointer, spec) => {
  const fleet = await fleets.empty();

  const problem = await expectProblem(sendGrant(fleet, spec), invalid);

  expect(problem['errors']).toMatchObject([{ pointer, detail: expect.not.stringMatching(/^Invalid/) }]);
  expect(fleet.faults.registry.calls).toEqual([]);
});

it('names every fault at once', async () => {
  const fleet = await fleets.empty();

  const problem = await expectProblem(sendGrant(fleet, { access: '', reason: '', ...named('-') }), invalid);

  expect(problem['errors']).toMatchObject([
    ...[{ pointer: '/repositories/names/0' }, { pointer: '/repositories/names/0' }],
    ...[{ pointer: '/access' }, { pointer: '/reason' }],
  ]);
});

it('takes If-None-Match: * and no other', async () => {
  const fleet = await fleets.registered();

  await expectProblem(sendGrant(fleet, {}, { headers: { 'if-none-match': '"tag"' } }), invalid);

  expect(await fleet.operations.listOpen(10)).toEqual([]);
});
