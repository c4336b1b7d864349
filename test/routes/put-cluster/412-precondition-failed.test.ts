import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { etagOf, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const failed = { status: 412, code: 'precondition-failed' };

it('never replaces under If-None-Match: *', async () => {
  const fleet = await fleets.registered();

  await expectProblem(putCluster(fleet, {}, { headers: { 'if-none-match': '*' } }), failed);
});

it('replaces nothing but what was read', async () => {
  const fleet = await fleets.registered();
  const etag = await etagOf(fleet.call('GET', clusterPath));
  await putCluster(fleet, { environment: 'a' }, { headers: { 'if-match': etag } });

  await expectProblem(putCluster(fleet, {}, { headers: { 'if-match': etag } }), failed);

  expect((await resourceOf(await fleet.call('GET', clusterPath))).spec).toMatchObject({ environment: 'a' });
});

it('never creates under If-Match, and takes no name', async () => {
  const fleet = await fleets.withTwoCustomers();

  await expectProblem(putCluster(fleet, {}, { headers: { 'if-match': '*' } }), failed);

  expect(fleet.faults.registry.calls.filter((name) => name === 'takeUnique')).toHaveLength(4); // repositories and accounts
});

it('says so before it says that a field cannot change', async () => {
  const fleet = await fleets.registered();

  await expectProblem(putCluster(fleet, { region: 'eu-central-1' }, { headers: { 'if-match': '"old"' } }), failed);
});
