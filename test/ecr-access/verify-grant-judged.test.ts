import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { VerifiedGrant } from '../../src/ecr-access/verify-grant.service.ts';
import { ecrFleet, grantsPath, registry, stagingAccount } from '../support/ecr-fleet.ts';
import { apiArn, canPull, deployerPull, enterStaging, policy, pull, putDeployer, token } from '../support/ecr-roles.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny');
const action = fc.constantFrom('ecr:*', '*', 'ecr:BatchGetImage', 'ecr:Get*', 'ecr:PutImage');

const identityStatement = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(token, pull) },
  {
    weight: 2,
    arbitrary: fc.record({
      Effect: effect,
      Action: action,
      Resource: fc.constantFrom('*', apiArn, `${apiArn}/other`, 'arn:aws:ecr:*:*:repository/a*'),
    }),
  },
);
const identityPolicy = fc.array(identityStatement, { maxLength: 4 }).map((statements) => policy(...statements));

const deployer = `arn:aws:iam::${stagingAccount}:role/ci/deployer`;
const condition = fc.constantFrom(
  { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/ci/*' } },
  { StringNotEquals: { 'aws:PrincipalAccount': stagingAccount } },
  { StringEquals: { 'aws:PrincipalOrgID': 'o-aaaaaaaaaa' } },
);
const repositoryStatement = fc
  .record({
    Effect: effect,
    Principal: fc.constantFrom<object | string>(
      '*',
      { AWS: deployer },
      { AWS: stagingAccount },
      { AWS: '999999999999' },
    ),
    Action: fc.constantFrom('ecr:*', 'ecr:Batch*', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'),
  })
  .chain((one) =>
    fc.option(condition, { nil: undefined }).map((Condition) => ({ ...one, ...(Condition && { Condition }) })),
  );

/** What the grant would put there. */
const ownStatement = { Effect: 'Allow', Principal: { AWS: deployer }, Action: ['ecr:BatchGetImage', 'ecr:Get*'] };

const given = fc.record({
  identity: identityPolicy,
  boundary: fc.option(identityPolicy, { nil: undefined, freq: 2 }),
  repository: fc
    .tuple(fc.boolean(), fc.array(repositoryStatement, { maxLength: 2 }))
    .map(([isGranted, others]) => policy(...(isGranted ? [...others, ownStatement] : others))),
});

it('comes to the verdict that ECR comes to when the role really pulls', { timeout: 60_000 }, async () => {
  const world = await ecrFleet(createMemoryTable());
  const api = `ecr/${registry.accountId}/${registry.region}/api`;
  await world.aws.put(api, { tags: ['v1'] });
  await enterStaging(world);
  await world.fleet.call('PUT', `${grantsPath}/a`, { body: deployerPull });
  const boundaryArn = `arn:aws:iam::${stagingAccount}:policy/boundary`;
  const tally = { ALLOWED: 0, DENIED: 0, UNKNOWN: 0 };

  await fc.assert(
    fc.asyncProperty(given, async ({ identity, boundary, repository }) => {
      if (boundary) await world.aws.put('policies', { arn: boundaryArn, policy: boundary });
      await putDeployer(world, { policy: identity, ...(boundary && { permissionsBoundary: boundaryArn }) });
      await world.aws.put(api, { policy: repository.Statement.length === 0 ? null : repository });
      const answer = await world.fleet.call('POST', `${grantsPath}/a/verify`);
      const { repositories } = (await answer.json()) as VerifiedGrant;
      const verdict = repositories[0]?.verdict ?? 'UNKNOWN';

      tally[verdict] += 1;
      if (verdict !== 'UNKNOWN') expect(await canPull(world)).toBe(verdict === 'ALLOWED');
    }),
    // Always the same ones: what they come to is counted below.
    { numRuns: 100, seed: 20_261_126 },
  );
  expect(tally.ALLOWED).toBeGreaterThan(5);
  expect(tally.DENIED).toBeGreaterThan(5);
});
