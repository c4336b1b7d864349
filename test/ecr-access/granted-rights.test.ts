import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rightActions } from '../../src/ecr-access/grant-statements.ts';
import { renderPolicy } from '../../src/ecr-access/render-policy.ts';
import type { RenderedGrant } from '../../src/ecr-access/render-policy.ts';
import { accountIds, anyGrants, lambdaRegions, organizationIds, registry, roleNames } from '../support/ecr-grants.ts';
import { judge } from '../support/iam-judge.ts';

function policyFor(grants: readonly RenderedGrant[]): string | undefined {
  const rendered = renderPolicy({ grants, present: undefined, region: registry.region });
  return rendered.kind === 'write' ? rendered.text : undefined;
}

interface Identity {
  readonly accountId: string;
  readonly roleName: string;
  readonly organizationId: string | undefined;
}

/** Some are strangers: of another account, by another name, in another organization or in none. */
const anyIdentity: fc.Arbitrary<Identity> = fc.record({
  accountId: fc.constantFrom(...accountIds, '999999999999'),
  roleName: fc.constantFrom(...roleNames, 'stranger', 'builder', 'deployer2'),
  organizationId: fc.constantFrom(...organizationIds, 'o-cccccccccc', undefined),
});

const anyAction = fc.constantFrom(
  ...rightActions.push,
  'ecr:DeleteRepository',
  'ecr:BatchDeleteImage',
  'ecr:SetRepositoryPolicy',
  'ecr:DescribeRepositories',
);

/** What the grants say, read one by one. */
function mayByGrant({ spec: { principal, access } }: RenderedGrant, identity: Identity, action: string): boolean {
  const granted: readonly string[] = rightActions[access];
  switch (principal.type) {
    case 'account':
      return principal.accountId === identity.accountId && granted.includes(action);
    case 'role':
      return (
        principal.accountId === identity.accountId &&
        principal.roleName === identity.roleName &&
        granted.includes(action)
      );
    case 'organization':
      return principal.organizationId === identity.organizationId && granted.includes(action);
    case 'lambda':
      return principal.accountId === identity.accountId && isOfLambda(action);
  }
}

function isOfLambda(action: string): boolean {
  return ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'].includes(action);
}

describe('judged by another evaluator of policies', () => {
  it('an identity whose own policies allow all may do what its grants say, and strangers nothing', async () => {
    const tally = { Allowed: 0, ImplicitlyDenied: 0, ExplicitlyDenied: 0 };
    await fc.assert(
      fc.asyncProperty(anyGrants, anyIdentity, anyAction, async (grants, identity, action) => {
        const verdict = await judge({
          principal: `arn:aws:iam::${identity.accountId}:role/${identity.roleName}`,
          action,
          policy: policyFor(grants),
          context: identity.organizationId === undefined ? {} : { 'aws:PrincipalOrgID': identity.organizationId },
        });

        tally[verdict] += 1;
        expect(verdict === 'Allowed').toBe(grants.some((grant) => mayByGrant(grant, identity, action)));
      }),
      { numRuns: 500 },
    );
    // Neither answer is rare.
    expect(Math.min(tally.Allowed, tally.ImplicitlyDenied)).toBeGreaterThan(30);
  });

  it('Lambda may pull for functions of a granted account in a granted region, and for no others', async () => {
    const tally = { Allowed: 0, ImplicitlyDenied: 0, ExplicitlyDenied: 0 };
    const anyLambdaAction = fc.constantFrom(...rightActions.lambda);
    const anyFunction = fc.option(
      fc.record({
        accountId: fc.constantFrom(...accountIds, '999999999999'),
        region: fc.constantFrom(...lambdaRegions, 'eu-west-2'),
      }),
      { nil: undefined, freq: 8 },
    );
    await fc.assert(
      fc.asyncProperty(anyGrants, anyFunction, fc.oneof(anyLambdaAction, anyAction), async (grants, source, action) => {
        const verdict = await judge({
          principal: 'lambda.amazonaws.com',
          action,
          policy: policyFor(grants),
          identityPolicies: [],
          context: source
            ? { 'aws:SourceArn': `arn:aws:lambda:${source.region}:${source.accountId}:function:web` }
            : {},
        });

        const isGranted = grants.some(
          ({ spec: { principal } }) =>
            principal.type === 'lambda' &&
            principal.accountId === source?.accountId &&
            principal.region === source.region &&
            isOfLambda(action),
        );
        tally[verdict] += 1;
        expect(verdict === 'Allowed').toBe(isGranted);
      }),
      { numRuns: 500 },
    );
    expect(tally.Allowed).toBeGreaterThan(0);
  });

  it('other services gain nothing, whatever they say that they do it for', async () => {
    await fc.assert(
      fc.asyncProperty(anyGrants, anyAction, async (grants, action) => {
        const verdict = await judge({
          principal: 'codebuild.amazonaws.com',
          action,
          policy: policyFor(grants),
          identityPolicies: [],
          context: { 'aws:SourceArn': `arn:aws:lambda:${lambdaRegions[0]}:${accountIds[0]}:function:web` },
        });

        expect(verdict).toBe('ImplicitlyDenied');
      }),
      { numRuns: 100 },
    );
  });
});
