/** Grants and policies of ECR, random and by hand. Few accounts and roles, so that rights meet often. */
import fc from 'fast-check';
import type { EcrGrantSpec, EcrPrincipal, EcrRegistry } from '../../src/ecr-access/ecr-grant.ts';
import type { RenderedGrant } from '../../src/ecr-access/render-policy.ts';

export const registry: EcrRegistry = { accountId: '333344445555', region: 'eu-west-1' };

/** None of them is the registry's. */
export const accountIds = ['111122223333', '222233334444', '444455556666'] as const;
export const roleNames = ['deployer', 'ci/builder'] as const;
export const organizationIds = ['o-aaaaaaaaaa', 'o-bbbbbbbbbb'] as const;
export const lambdaRegions = ['eu-west-1', 'us-east-1'] as const;

export function grantTo(
  principal: EcrPrincipal,
  options: { readonly access?: EcrGrantSpec['access']; readonly id?: string; readonly createdAt?: string } = {},
): RenderedGrant {
  const { access = 'pull', id = 'a-grant', createdAt = '2026-01-01T00:00:00.000Z' } = options;
  return { id, createdAt, spec: { registry, repositories: { all: true }, principal, access, reason: 'a test' } };
}

export const anyPrincipal: fc.Arbitrary<EcrPrincipal> = fc.oneof(
  fc.record({ type: fc.constant('account' as const), accountId: fc.constantFrom(...accountIds) }),
  fc.record({
    type: fc.constant('role' as const),
    accountId: fc.constantFrom(...accountIds),
    roleName: fc.constantFrom(...roleNames),
  }),
  fc.record({ type: fc.constant('organization' as const), organizationId: fc.constantFrom(...organizationIds) }),
  fc.record({
    type: fc.constant('lambda' as const),
    accountId: fc.constantFrom(...accountIds),
    region: fc.constantFrom(...lambdaRegions),
  }),
);

export const anyGrants: fc.Arbitrary<readonly RenderedGrant[]> = fc
  .array(fc.tuple(anyPrincipal, fc.constantFrom('pull' as const, 'push' as const), fc.integer({ min: 1, max: 9 })), {
    maxLength: 8,
  })
  .map((parts) =>
    parts.map(([principal, access, day], index) =>
      grantTo(principal, { access, id: `grant-${index}`, createdAt: `2026-01-0${day}T00:00:00.000Z` }),
    ),
  );

/** Grants to so many roles with long names that there may be no room for all. */
export const manyGrants: fc.Arbitrary<readonly RenderedGrant[]> = fc
  .array(fc.tuple(fc.stringMatching(/^[a-z]{8}$/), fc.constantFrom('pull' as const, 'push' as const)), {
    minLength: 20,
    maxLength: 150,
    size: 'max',
  })
  .map((parts) =>
    parts.map(([name, access], index) =>
      grantTo(
        { type: 'role', accountId: accountIds[index % 3] ?? '', roleName: `${name}-with-a-name-as-long-as-they-come` },
        { access, id: `grant-${index}`, createdAt: `2026-01-01T00:${String(index % 60).padStart(2, '0')}:00.000Z` },
      ),
    ),
  );

const anyAction = fc.constantFrom('ecr:BatchGetImage', 'ecr:PutImage', 'ecr:*', 'ecr:Describe*', 'ecr:batchgetimage');
const anyArn = fc.oneof(
  fc.constantFrom(...accountIds).map((id) => `arn:aws:iam::${id}:root`),
  fc.constantFrom(...accountIds),
  fc.constantFrom(...accountIds).map((id) => `arn:aws:iam::${id}:role/${roleNames[0]}`),
  fc.constant('AROAKSCDLFT9R5DQP782U'),
);

function oneOrMany<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> {
  return fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));
}

/** Somebody else's statement, keys in any order. */
export const foreignStatement: fc.Arbitrary<Record<string, unknown>> = fc
  .record(
    {
      Sid: fc.constantFrom('LambdaECRImageRetrievalPolicy', 'ByHand', 'fleetApiPull'),
      Effect: fc.constantFrom('Allow', 'Deny'),
      Principal: fc.oneof(fc.constant('*'), fc.record({ AWS: oneOrMany(anyArn) })),
      Action: oneOrMany(anyAction),
      Condition: fc.constantFrom(
        { StringEquals: { 'aws:PrincipalOrgID': organizationIds[0] } },
        { Bool: { 'aws:SecureTransport': true }, StringLike: { 'aws:sourceArn': ['arn:aws:lambda:*', 'x'] } },
      ),
    },
    { requiredKeys: ['Effect', 'Principal', 'Action'] },
  )
  .chain((statement) => fc.shuffledSubarray(Object.entries(statement), { minLength: Object.keys(statement).length }))
  .map((entries) => Object.fromEntries(entries));

/** The text of a policy with statements of others only, laid out in one of two ways. */
export const foreignPolicy: fc.Arbitrary<string> = fc
  .record(
    {
      Version: fc.constantFrom('2008-10-17', '2012-10-17'),
      Id: fc.constant('by-hand'),
      Statement: fc.array(foreignStatement, { minLength: 1, maxLength: 4 }),
    },
    { requiredKeys: ['Statement'] },
  )
  .chain((policy) => fc.constantFrom(JSON.stringify(policy), JSON.stringify(policy, undefined, 2)));

/** As ECR gives it; absent: there is no policy. */
export const anyPresent: fc.Arbitrary<string | undefined> = fc.option(foreignPolicy, { nil: undefined });
