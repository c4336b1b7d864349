import { expect, it } from 'vitest';
import type { EcrAccess } from '../../src/ecr-access/ecr-access.service.ts';
import type { EcrGrantSpec } from '../../src/ecr-access/ecr-grant.ts';
import { type EcrFleet, ecrFleet, grantsPath, registry, stagingAccount, stagingPull } from '../support/ecr-fleet.ts';
import { deployerPull, policy, putDeployer } from '../support/ecr-roles.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const theirRoot = 'arn:aws:iam::777788889999:root';
const byHand = {
  Sid: 'ci',
  Effect: 'Allow',
  Principal: { AWS: theirRoot },
  Action: ['ecr:BatchGetImage', 'ecr:PutImage'],
};

async function given(...statements: readonly object[]): Promise<EcrFleet> {
  const world = await ecrFleet(createMemoryTable());
  await world.putRepository('api', statements.length === 0 ? undefined : policy(...statements));
  return world;
}

async function grant(world: EcrFleet, id: string, spec: Partial<EcrGrantSpec>): Promise<void> {
  const body = { ...stagingPull, repositories: { names: ['api'] }, ...spec };
  expect((await world.run('PUT', id, { body })).state).toBe('SUCCEEDED');
}

async function access({ fleet }: EcrFleet, repository = 'api'): Promise<EcrAccess> {
  const path = `/v1/customers/acme/ecr-registries/${registry.accountId}/${registry.region}/access`;
  const answer = await fleet.call('GET', `${path}?repository=${repository}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as EcrAccess;
}

it('says who may pull, by which statement, and for which grants it is there', async () => {
  const world = await given(byHand);
  await grant(world, 'staging', {});
  await grant(world, 'again', { access: 'push' });
  await grant(world, 'organization', { principal: { type: 'organization', organizationId: 'o-a1b2c3d4e5' } });

  const answer = await access(world);

  expect(answer).toMatchObject({
    repository: 'api',
    observedAt: world.fleet.clock.now().toISOString(),
    reachability: { isReachable: true },
    policy: { statements: 3, bytesAllowed: 10_240 },
    denies: [],
  });
  expect(answer.entries).toEqual([
    {
      principal: { type: 'AWS', value: theirRoot },
      access: 'partial',
      actions: ['ecr:BatchGetImage', 'ecr:PutImage'],
      statement: { index: 0, sid: 'ci', isOurs: false },
      isOrphaned: false,
    },
    {
      principal: { type: 'AWS', value: `arn:aws:iam::${stagingAccount}:root` },
      access: 'push',
      statement: { index: 1, sid: 'FleetApiPush', isOurs: true },
      grants: ['again', 'staging'],
      isOrphaned: false,
    },
    {
      principal: { type: 'AWS', value: '*' },
      access: 'pull',
      statement: { index: 2, sid: 'FleetApiPullOrganizations', isOurs: true },
      conditions: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
      grants: ['organization'],
      isOrphaned: false,
    },
  ]);
});

it('tells the statements of two organizations, and of functions, to their grants', async () => {
  const world = await given();
  for (const organizationId of ['o-a1b2c3d4e5', 'o-b1b2c3d4e5']) {
    await grant(world, organizationId, { principal: { type: 'organization', organizationId } });
  }
  await grant(world, 'functions', {
    principal: { type: 'lambda', accountId: stagingAccount, region: registry.region },
  });

  const other = { type: 'organization', organizationId: 'o-c1b2c3d4e5' };
  const body = { ...stagingPull, repositories: { names: ['api'] }, principal: other };
  expect((await world.fleet.call('PUT', `${grantsPath}/not-there-yet`, { body })).status).toBe(202);

  const { entries = [] } = await access(world);

  expect(entries.map(({ principal, access: right, grants }) => [principal.value, right, grants])).toEqual([
    [`arn:aws:iam::${stagingAccount}:root`, 'pull', ['functions']],
    ['*', 'pull', ['o-a1b2c3d4e5', 'o-b1b2c3d4e5']],
    ['lambda.amazonaws.com', 'pull', ['functions']],
  ]);
});

it('keeps denials apart, and whom they except', async () => {
  const except = { Sid: 'Only', Effect: 'Deny', NotPrincipal: { AWS: theirRoot }, Action: 'ecr:Put*' };
  const world = await given(byHand, except);

  const { entries, denies } = await access(world);

  expect(entries).toHaveLength(1);
  expect(denies).toEqual([
    {
      principal: { type: 'AWS', value: theirRoot },
      isExcepted: true,
      access: 'partial',
      actions: ['ecr:PutImage'],
      statement: { index: 1, sid: 'Only', isOurs: false },
      isOrphaned: false,
    },
  ]);
});

it('shows what a deleted role has left', async () => {
  const world = await given();
  await putDeployer(world);
  await grant(world, 'deployer', deployerPull);
  await world.aws.delete(`roles/${stagingAccount}/deployer`);

  const { entries } = await access(world);

  expect(entries).toMatchObject([
    { principal: { value: expect.stringMatching(/^AROA/) }, isOrphaned: true, grants: [] },
  ]);
});

it('is of nobody where there is no policy', async () => {
  const world = await given();

  expect(await access(world)).toMatchObject({ policy: { statements: 0, bytesUsed: 0 }, entries: [], denies: [] });
});

it.each([
  [
    'repository-not-found',
    async (world: EcrFleet) => world.aws.delete(`ecr/${registry.accountId}/${registry.region}/api`),
  ],
  ['role-not-assumable', async (world: EcrFleet) => world.aws.delete(`roles/${registry.accountId}/fleet-api`)],
  [
    'aws-unavailable',
    async (world: EcrFleet) =>
      world.aws.put('faults', [{ action: 'ecr:*', times: 99, error: { status: 500, code: 'ServerException' } }]),
  ],
])('answers all the same where it cannot tell: %s', async (code, hide) => {
  const world = await given(byHand);
  await hide(world);

  const answer = await access(world);

  expect(answer.reachability).toMatchObject({ isReachable: false, code });
  expect(answer.reachability.detail).toBeTruthy();
  expect(answer).not.toHaveProperty('policy');
  expect(answer).not.toHaveProperty('entries');
  expect(answer.notSeen.length).toBeGreaterThan(0);
});
