import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { expectProblem } from '../../support/problems.ts';
import { etagOf, grant, grantPath, sendGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const failed = { status: 412, code: 'precondition-failed' };

it('never replaces under If-None-Match: *', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);

  await expectProblem(sendGrant(fleet, {}, { headers: { 'if-none-match': '*' } }), failed);

  expect(await fleet.operations.listOpen(10)).toEqual([]);
});

it('replaces nothing but what was read', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);
  const etag = await etagOf(fleet.call('GET', grantPath));
  await grant(fleet, { reason: 'theirs' }, { headers: { 'if-match': etag } });

  await expectProblem(sendGrant(fleet, { access: 'push' }, { headers: { 'if-match': etag } }), failed);

  expect((await resourceOf(await fleet.call('GET', grantPath))).spec).toMatchObject({ reason: 'theirs' });
});

it('never creates under If-Match', async () => {
  const fleet = await fleets.registered();

  await expectProblem(sendGrant(fleet, {}, { headers: { 'if-match': '*' } }), failed);

  await expectProblem(fleet.call('GET', grantPath), { status: 404, code: 'not-found' });
});

it('says so before it says that the registry cannot change', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);
  const registry = { accountId: '111122223333', region: 'eu-central-1' };

  await expectProblem(sendGrant(fleet, { registry }, { headers: { 'if-match': '"old"' } }), failed);
});
