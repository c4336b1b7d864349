import { describe, expect, it } from 'vitest';
import type { EcrGrantSpec } from '../../src/ecr-access/ecr-grant.ts';
import type { VerifiedGrant } from '../../src/ecr-access/verify-grant.service.ts';
import type { VerifiedRepository } from '../../src/ecr-access/verify-repository.ts';
import { type EcrFleet, ecrFleet, grantsPath, registry, stagingAccount, stagingPull } from '../support/ecr-fleet.ts';
import {
  canPull,
  deployerPull,
  enterStaging,
  policy,
  pull,
  pullPolicy,
  putDeployer,
  token,
} from '../support/ecr-roles.ts';
import { createMemoryTable } from '../support/memory-table.ts';

/** The registry with a repository `api` that has an image, and the staging account entered. */
async function given(ourPolicy?: object): Promise<EcrFleet> {
  const world = await ecrFleet(createMemoryTable());
  await world.aws.put(`ecr/${registry.accountId}/${registry.region}/api`, { tags: ['v1'] });
  await enterStaging(world, ourPolicy);
  return world;
}

async function grant(world: EcrFleet, body: EcrGrantSpec = deployerPull): Promise<void> {
  expect((await world.run('PUT', 'a', { body })).state).toBe('SUCCEEDED');
}

async function verify({ fleet }: EcrFleet): Promise<VerifiedGrant> {
  const answer = await fleet.call('POST', `${grantsPath}/a/verify`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as VerifiedGrant;
}

async function verdictOf(world: EcrFleet): Promise<VerifiedRepository> {
  const [one] = (await verify(world)).repositories;
  if (!one) throw new Error('no repository was looked at');
  return one;
}

function resultsOf({ parts }: VerifiedRepository): Readonly<Record<string, string>> {
  return Object.fromEntries(parts.map(({ part, result }) => [part, result]));
}

function detailOf({ parts }: VerifiedRepository, name: string): string {
  return parts.find(({ part }) => part === name)?.detail ?? '';
}

const boundaryArn = `arn:aws:iam::${stagingAccount}:policy/boundary`;

describe('a grant to a role', () => {
  it('is allowed where both sides allow it', async () => {
    const world = await given();
    await putDeployer(world);
    await grant(world);

    const one = await verdictOf(world);

    expect(one).toMatchObject({ repository: 'api', verdict: 'ALLOWED', missing: [], notAllowed: [] });
    expect(resultsOf(one)).toEqual({
      'repository-policy': 'ALLOWED',
      'identity-policy': 'ALLOWED',
      'authorization-token': 'ALLOWED',
      'key-policy': 'NOT_NEEDED',
    });
    expect(detailOf(one, 'repository-policy')).toBe('Statement FleetApiPull allows it.');
    expect(detailOf(one, 'identity-policy')).toBe('Statement 2 of inline allows it.');
    expect(await canPull(world)).toBe(true);
  });

  it.each([
    {
      what: 'has no policy for it',
      policies: policy(),
      missing: ['identity-policy', 'authorization-token'],
      words: /^No policy of the role allows /,
    },
    { what: 'cannot sign in', policies: policy(pull), missing: ['authorization-token'], words: /allows it\.$/ },
    {
      what: 'is denied it by its own policy',
      policies: policy(token, pull, { Sid: 'Not', Effect: 'Deny', Action: 'ecr:BatchGetImage', Resource: '*' }),
      missing: ['identity-policy'],
      words: /^Statement Not of inline denies ecr:BatchGetImage\.$/,
    },
  ])('names what is missing where the role $what', async ({ policies, missing, words }) => {
    const world = await given();
    await putDeployer(world, { policy: policies });
    await grant(world);

    const one = await verdictOf(world);

    expect(one).toMatchObject({ verdict: 'DENIED', missing });
    expect(resultsOf(one)).toMatchObject({ 'repository-policy': 'ALLOWED' });
    expect(detailOf(one, 'identity-policy')).toMatch(words);
    expect(await canPull(world)).toBe(false);
  });

  it("is no more than the role's boundary allows", async () => {
    const world = await given();
    await world.aws.put('policies', { arn: boundaryArn, policy: policy(token) });
    await putDeployer(world, { policy: pullPolicy, permissionsBoundary: boundaryArn });
    await grant(world);

    const one = await verdictOf(world);

    expect(one).toMatchObject({ verdict: 'DENIED', missing: ['permissions-boundary'] });
    expect(detailOf(one, 'permissions-boundary')).toContain(boundaryArn);
    expect(await canPull(world)).toBe(false);
  });

  it('counts what is attached to the role', async () => {
    const world = await given();
    const arn = `arn:aws:iam::${stagingAccount}:policy/pull`;
    await world.aws.put('policies', { arn, policy: pullPolicy });
    await putDeployer(world, { policy: policy(), attachedPolicies: [arn] });
    await grant(world);

    const one = await verdictOf(world);

    expect(one.verdict).toBe('ALLOWED');
    expect(detailOf(one, 'identity-policy')).toContain(arn);
    expect(await canPull(world)).toBe(true);
  });

  it("names somebody else's statement that denies it", async () => {
    const world = await given();
    await putDeployer(world);
    const deny = { Sid: 'Shut', Effect: 'Deny', Principal: { AWS: stagingAccount }, Action: 'ecr:Get*' };
    await world.putRepository('api', policy(deny));
    await grant(world);

    const one = await verdictOf(world);

    expect(one).toMatchObject({ verdict: 'DENIED', missing: ['repository-policy'] });
    expect(detailOf(one, 'repository-policy')).toBe(
      'Statement Shut, which is not ours, denies ecr:GetDownloadUrlForLayer.',
    );
    expect(await canPull(world)).toBe(false);
  });

  it('shows that somebody took the right out of the policy', async () => {
    const world = await given();
    await putDeployer(world);
    await grant(world);
    await world.aws.put(`ecr/${registry.accountId}/${registry.region}/api`, { policy: null });

    const one = await verdictOf(world);

    expect(one).toMatchObject({ verdict: 'DENIED', missing: ['repository-policy'] });
    expect(detailOf(one, 'repository-policy')).toContain('role/ci/deployer');
    expect(await canPull(world)).toBe(false);
  });

  it('is denied once the role is gone', async () => {
    const world = await given();
    await putDeployer(world);
    await grant(world);
    await world.aws.delete(`roles/${stagingAccount}/deployer`);

    const one = await verdictOf(world);

    expect(one.verdict).toBe('DENIED');
    expect(one.missing).toEqual(['repository-policy', 'identity-policy', 'authorization-token']);
    expect(detailOf(one, 'identity-policy')).toBe(`There is no role arn:aws:iam::${stagingAccount}:role/ci/deployer.`);
  });

  it('is denied to one that was made again under its name: the policy names the one before', async () => {
    const world = await given();
    await putDeployer(world);
    await grant(world);
    await world.aws.delete(`roles/${stagingAccount}/deployer`);
    await putDeployer(world);

    expect(await verdictOf(world)).toMatchObject({ verdict: 'DENIED', missing: ['repository-policy'] });
    expect(await canPull(world)).toBe(false);
  });

  it('says where the role really is', async () => {
    const world = await given();
    await putDeployer(world);
    await grant(world);
    await world.aws.delete(`roles/${stagingAccount}/deployer`);
    await putDeployer(world, { path: '/', policy: pullPolicy });

    expect(detailOf(await verdictOf(world), 'identity-policy')).toContain(
      `arn:aws:iam::${stagingAccount}:role/deployer`,
    );
  });

  it('names the permission that we lack to read the role', async () => {
    const world = await given(policy({ Effect: 'Allow', Action: 'iam:Get*', Resource: '*' }));
    await putDeployer(world);
    await grant(world);

    const one = await verdictOf(world);

    expect(one).toMatchObject({ verdict: 'UNKNOWN', missing: [] });
    expect(resultsOf(one)).toMatchObject({ 'repository-policy': 'ALLOWED', 'identity-policy': 'UNKNOWN' });
    expect(detailOf(one, 'identity-policy')).toMatch(/iam:List(Attached)?RolePolicies/);
    expect(detailOf(one, 'authorization-token')).toMatch(/iam:List(Attached)?RolePolicies/);
  });

  it('is unknown where the account is not registered, and asks nothing there', async () => {
    const world = await ecrFleet(createMemoryTable());
    await world.putRepository('api');
    await putDeployer(world);
    await grant(world);

    const one = await verdictOf(world);

    expect(one).toMatchObject({ verdict: 'UNKNOWN', missing: [] });
    expect(detailOf(one, 'identity-policy')).toContain(`Account ${stagingAccount} is not registered`);
    expect(world.aws.world.trail.filter(({ action }) => action.startsWith('iam:'))).toEqual([]);
  });

  it('is unknown where a condition is', async () => {
    const world = await given();
    const theirs = { AWS: stagingAccount };
    const inside = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } };
    await putDeployer(world);
    await world.putRepository('api', policy({ Effect: 'Deny', Principal: theirs, Action: 'ecr:*', Condition: inside }));
    await grant(world);

    const one = await verdictOf(world);

    expect(one.verdict).toBe('UNKNOWN');
    expect(detailOf(one, 'repository-policy')).toMatch(/^Statement 1, which is not ours,: .*\(condition\)\.$/);
  });

  it('to push needs more than to pull', async () => {
    const world = await given();
    await putDeployer(world);
    await grant(world, { ...deployerPull, access: 'push' });

    const one = await verdictOf(world);

    expect(one).toMatchObject({ verdict: 'DENIED', missing: ['identity-policy'] });
    expect(one.notAllowed.map(({ action }) => action)).toEqual([
      'ecr:InitiateLayerUpload',
      'ecr:UploadLayerPart',
      'ecr:CompleteLayerUpload',
      'ecr:PutImage',
    ]);
  });

  it('is allowed without what one can pull without, and shows it', async () => {
    const world = await given();
    const Action = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
    await putDeployer(world, { policy: policy(token, { ...pull, Action }) });
    await grant(world);

    const one = await verdictOf(world);

    expect(one.verdict).toBe('ALLOWED');
    expect(one.notAllowed.map(({ action }) => action)).toContain('ecr:ListImages');
    expect(await canPull(world)).toBe(true);
  });
});

describe('a repository', () => {
  it('that is not there is what is missing', async () => {
    const world = await given();
    await putDeployer(world);
    await grant(world, { ...deployerPull, repositories: { names: ['api', 'gone'] } });

    const { repositories, reachability } = await verify(world);

    expect(reachability).toEqual({ isReachable: true });
    expect(repositories).toMatchObject([
      { repository: 'api', verdict: 'ALLOWED' },
      { repository: 'gone', verdict: 'DENIED', missing: ['repository'] },
    ]);
  });

  it('that is encrypted asks nothing more of who pulls, and the key is named', async () => {
    const world = await given();
    const kmsKey = `arn:aws:kms:${registry.region}:${registry.accountId}:key/0a1b2c3d`;
    await putDeployer(world);
    await world.aws.put(`ecr/${registry.accountId}/${registry.region}/locked`, { encryption: { type: 'KMS', kmsKey } });
    await grant(world, { ...deployerPull, repositories: { names: ['locked'] } });

    const one = await verdictOf(world);

    expect(resultsOf(one)['key-policy']).toBe('NOT_NEEDED');
    expect(detailOf(one, 'key-policy')).toContain(kmsKey);
  });

  it('is looked at with all others where the grant covers all, 100 of them', async () => {
    const world = await given();
    for (let index = 0; index < 101; index += 1) await world.putRepository(`r${String(index).padStart(3, '0')}`);
    const body = { ...stagingPull, repositories: { all: true } };
    await world.fleet.call('PUT', `${grantsPath}/a`, { body });

    const { repositories, hasMore } = await verify(world);

    expect([repositories.length, hasMore]).toEqual([100, true]);
    expect(new Set(repositories.map(({ verdict }) => verdict))).toEqual(new Set(['DENIED']));
  });
});

describe('a registry that cannot be entered', () => {
  it('leaves it unknown, with the reason', async () => {
    const world = await given();
    await putDeployer(world);
    await grant(world);
    await world.aws.delete(`roles/${registry.accountId}/fleet-api`);
    world.aws.world.sessions.clear();

    const { reachability, repositories } = await verify(world);

    expect(reachability).toMatchObject({ isReachable: false, code: 'role-not-assumable' });
    expect(repositories).toMatchObject([{ repository: 'api', verdict: 'UNKNOWN' }]);
    expect(detailOf(repositories[0] as VerifiedRepository, 'repository-policy')).toContain('cannot be assumed');
  });
});

describe('a grant to others than a role', () => {
  it('leaves open what the identities of an account may do', async () => {
    const world = await given();
    await grant(world, { ...stagingPull, repositories: { names: ['api'] } });

    const one = await verdictOf(world);

    expect(one.verdict).toBe('UNKNOWN');
    expect(resultsOf(one)).toMatchObject({ 'repository-policy': 'ALLOWED', 'identity-policy': 'UNKNOWN' });
  });

  it('denies what the repository does not give to an account, whatever its identities may do', async () => {
    const world = await given();
    await grant(world, { ...stagingPull, repositories: { names: ['api'] } });
    await world.aws.put(`ecr/${registry.accountId}/${registry.region}/api`, { policy: null });

    expect(await verdictOf(world)).toMatchObject({ verdict: 'DENIED', missing: ['repository-policy'] });
  });

  it('leaves open what the accounts of an organization allow', async () => {
    const world = await given();
    const principal = { type: 'organization', organizationId: 'o-a1b2c3d4e5' } as const;
    await grant(world, { ...stagingPull, repositories: { names: ['api'] }, principal });

    expect(resultsOf(await verdictOf(world))).toMatchObject({
      'repository-policy': 'ALLOWED',
      'identity-policy': 'UNKNOWN',
      'authorization-token': 'UNKNOWN',
    });
  });

  it('needs both statements for Lambda', async () => {
    const world = await given();
    const principal = { type: 'lambda', accountId: stagingAccount, region: registry.region } as const;
    await grant(world, { ...stagingPull, repositories: { names: ['api'] }, principal });

    const whole = await verdictOf(world);
    const { Statement = [] } = (await world.policyOf('api')) ?? {};
    await world.putRepository('api', policy(...Statement.slice(1)));
    const withoutAccount = await verdictOf(world);
    await world.putRepository('api', policy(...Statement.slice(0, 1)));
    const withoutService = await verdictOf(world);

    expect(whole).toMatchObject({ verdict: 'ALLOWED', missing: [] });
    expect(resultsOf(whole)).toMatchObject({ 'identity-policy': 'NOT_NEEDED', 'authorization-token': 'NOT_NEEDED' });
    for (const [one, who] of [
      [withoutAccount, `account ${stagingAccount}`],
      [withoutService, 'lambda.amazonaws.com'],
    ] as const) {
      expect(one).toMatchObject({ verdict: 'DENIED', missing: ['repository-policy'] });
      expect(new Set(one.notAllowed.map(({ principal: name }) => name))).toEqual(new Set([who]));
    }
  });
});
