import { expect, it } from 'vitest';
import type { VerifiedGrant } from '../../../src/ecr-access/verify-grant.service.ts';
import { unavailable } from '../../support/faults.ts';
import { grantSpec } from '../../support/fleet.ts';
import { grantPath, putAccount, putCustomer, putGrant, type RouteFleet, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const root = 'arn:aws:iam::222233334444:root';
const pull = { Effect: 'Allow', Principal: { AWS: root }, Action: 'ecr:*' };

async function granted(principal: object = grantSpec.principal): Promise<RouteFleet> {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  await putAccount(fleet);
  await putGrant(fleet, { principal });
  fleet.ecr.policies.set('team/api', JSON.stringify({ Version: '2012-10-17', Statement: [pull] }));
  return fleet;
}

async function verify(fleet: RouteFleet): Promise<VerifiedGrant> {
  const answer = await fleet.call('POST', `${grantPath}/verify`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as VerifiedGrant;
}

it('answers with a verdict for each repository, and writes nothing anywhere', async () => {
  const fleet = await granted();
  const items = fleet.table.allItems();

  const answer = await verify(fleet);

  expect(answer).toMatchObject({
    observedAt: fleet.clock.now().toISOString(),
    reachability: { isReachable: true },
    repositories: [
      { repository: 'team/api', verdict: 'UNKNOWN', missing: [] },
      { repository: 'team/web', verdict: 'DENIED', missing: ['repository'] },
    ],
    hasMore: false,
  });
  expect(answer.notSeen.length).toBeGreaterThan(0);
  expect(fleet.table.allItems()).toEqual(items);
  expect(new Set(fleet.faults.ecr.calls)).toEqual(new Set(['listRepositories', 'readPolicy']));
});

it("judges a role of the customer's accounts by its policies", async () => {
  const principal = { type: 'role', accountId: grantSpec.registry.accountId, roleName: 'ci/deployer' };
  const fleet = await granted(principal);
  const statement = { Effect: 'Allow', Action: 'ecr:*', Resource: '*' };
  fleet.iam.roles.set('111122223333/deployer', {
    ...{ kind: 'read', arn: 'arn:aws:iam::111122223333:role/ci/deployer' },
    policies: [{ name: 'own', text: JSON.stringify({ Version: '2012-10-17', Statement: statement }) }],
  });

  const { repositories } = await verify(fleet);

  // In the account of the repository itself its policies are enough.
  expect(repositories[0]).toMatchObject({
    verdict: 'ALLOWED',
    parts: expect.arrayContaining([
      expect.objectContaining({ part: 'repository-policy', result: 'NOT_NEEDED' }),
      expect.objectContaining({ part: 'identity-policy', result: 'ALLOWED' }),
    ]),
  });
});

it('leaves open what AWS does not tell now', async () => {
  const fleet = await granted();
  fleet.faults.ecr.fail('readPolicy', { when: 'before', error: unavailable('ecr'), times: 9 });

  const answer = await verify(fleet);

  expect(answer.reachability).toMatchObject({ isReachable: false, code: 'aws-unavailable' });
  expect(answer.repositories.map(({ verdict }) => verdict)).toEqual(['UNKNOWN', 'UNKNOWN']);
});

it('leaves open what a document that is no policy says', async () => {
  const fleet = await granted();
  fleet.ecr.policies.set('team/api', 'nothing');

  const { reachability, repositories } = await verify(fleet);

  expect(reachability).toEqual({ isReachable: true });
  expect(repositories[0]).toMatchObject({ verdict: 'UNKNOWN', missing: [] });
});
