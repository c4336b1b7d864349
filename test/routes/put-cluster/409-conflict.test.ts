import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { clusterPath } from '../../support/fleet.ts';
import { eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, beforeNext, holdUntil, putAccount, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const conflict = { status: 409, code: 'conflict' };

it('writes nothing over what somebody else wrote since, and tells of one change', async () => {
  const fleet = await fleets.registered();
  beforeNext(fleet, 'putCluster', () => putCluster(fleet, { environment: 'theirs' }));

  await expectProblem(putCluster(fleet, { environment: 'mine' }), conflict);

  expect((await resourceOf(await fleet.call('GET', clusterPath))).spec).toMatchObject({ environment: 'theirs' });
  expect((await eventTypesOf(fleet)).filter((type) => type === 'cluster.updated')).toHaveLength(1);
});

it('does not bring back what was deleted at the same moment', async () => {
  const fleet = await fleets.registered();
  beforeNext(fleet, 'putCluster', async () => {
    expect((await fleet.call('DELETE', clusterPath)).status).toBe(204);
  });

  await expectProblem(putCluster(fleet, { environment: 'a' }), conflict);

  await expectProblem(fleet.call('GET', clusterPath), { status: 404, code: 'not-found' });
});

it('lets one of two creations at the same moment through', async () => {
  const fleet = await fleets.withTwoCustomers();
  holdUntil(fleet, 'putCluster', 2);

  const answers = await Promise.all(['a', 'b'].map((environment) => putCluster(fleet, { environment })));

  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
});

it('leaves a cluster that can be claimed where its account is back and it was declared anew, at the same moment', async () => {
  const fleet = await fleets.withTwoCustomers();
  beforeNext(fleet, 'putCluster', async () => {
    expect((await fleet.call('DELETE', accountPath)).status).toBe(204);
  });
  beforeNext(fleet, 'retire', async () => {
    expect((await putAccount(fleet)).ok).toBe(true);
    expect((await putCluster(fleet, { environment: 'staging' })).status).toBe(200);
  });

  await expectProblem(putCluster(fleet), conflict);

  expect(await fleet.registry.getRuntime('acme', 'production')).toMatchObject({ isRetired: false });
});
