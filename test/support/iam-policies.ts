/** Random policies in which statements of both sides meet, deny one another, and have conditions of all sorts. */
import fc from 'fast-check';
import { accountIds, organizationIds, registry } from './ecr-grants.ts';
import { repositoryArn } from './iam-judge.ts';

/** One is of the registry's own account. */
export const anyRoleArn = fc
  .tuple(fc.constantFrom(registry.accountId, accountIds[0]), fc.constantFrom('deployer', 'ci/builder'))
  .map(([accountId, roleName]) => `arn:aws:iam::${accountId}:role/${roleName}`);

const anyNamed = fc.oneof(
  anyRoleArn,
  fc.constantFrom(registry.accountId, accountIds[0], `arn:aws:iam::${accountIds[0]}:root`),
  fc.constant('arn:aws:iam::999999999999:role/stranger'),
  fc.constant(`arn:aws:sts::${accountIds[0]}:assumed-role/deployer/session`),
);

/** What the request may be, in full. */
export const anyContext: fc.Arbitrary<Record<string, string>> = fc.record(
  {
    'aws:PrincipalOrgID': fc.constantFrom(...organizationIds),
    'aws:SourceIp': fc.constantFrom('10.0.0.1', '192.0.2.1'),
    'aws:SourceArn': fc.constantFrom('arn:aws:lambda:eu-west-1:111122223333:function:web', 'arn:aws:s3:::bucket'),
  },
  { requiredKeys: [] },
);

const anyCondition = fc.constantFrom(
  { StringEquals: { 'aws:PrincipalOrgID': [organizationIds[0], 'o-cccccccccc'] } },
  { StringNotEquals: { 'aws:principalorgid': organizationIds[0] } },
  { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*/builder' } },
  { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/*' } },
  { ArnLike: { 'aws:sourceArn': ['arn:aws:lambda:*:111122223333:function:*'] } },
  { StringEqualsIgnoreCase: { 'aws:PrincipalAccount': accountIds[0] } },
  { StringEquals: { 'aws:PrincipalAccount': accountIds[0] }, Bool: { 'aws:SecureTransport': 'true' } },
  { Bool: { 'aws:SecureTransport': 'false' } },
  { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
  { StringEqualsIfExists: { 'aws:PrincipalOrgID': organizationIds[0] } },
  { Null: { 'aws:PrincipalOrgID': 'true' } },
);

const anyActions = fc.constantFrom(
  'ecr:BatchGetImage',
  'ecr:batchgetimage',
  ['ecr:PutImage', 'ecr:Batch*'],
  'ecr:*',
  '*',
  'ecr:Put?mage',
  'ecr:ListImages',
);

const anyResource = fc.constantFrom(
  '*',
  repositoryArn,
  'arn:aws:ecr:eu-west-1:333344445555:repository/*',
  ['arn:aws:ecr:*:333344445555:repository/team/*', 'arn:aws:ecr:eu-west-1:333344445555:repository/web'],
  'arn:aws:ecr:eu-west-1:333344445555:repository/web',
  'arn:aws:ecr:us-east-1:333344445555:repository/team/api',
);

const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny');
const actions = fc.oneof(
  { weight: 6, arbitrary: anyActions.map((value) => ({ Action: value })) },
  { weight: 1, arbitrary: anyActions.map((value) => ({ NotAction: value })) },
);
const condition = fc.option(
  anyCondition.map((value) => ({ Condition: value })),
  { nil: {}, freq: 2 },
);

const principals = fc.oneof(
  { weight: 5, arbitrary: fc.array(anyNamed, { minLength: 1, maxLength: 2 }).map((AWS) => ({ Principal: { AWS } })) },
  { weight: 1, arbitrary: fc.constantFrom({ Principal: '*' }, { Principal: { Service: 'lambda.amazonaws.com' } }) },
  {
    weight: 1,
    arbitrary: fc.array(anyNamed, { minLength: 1, maxLength: 3 }).map((AWS) => ({ NotPrincipal: { AWS } })),
  },
);

function policyOf(statement: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<string> {
  return fc
    .array(statement, { minLength: 1, maxLength: 3 })
    .map((statements) => JSON.stringify({ Version: '2012-10-17', Statement: statements }));
}

function together(parts: readonly object[]): Record<string, unknown> {
  return Object.assign({}, ...parts);
}

export const anyRepositoryPolicy = policyOf(
  fc.tuple(effect, principals, actions, condition).map(([Effect, ...parts]) => together([{ Effect }, ...parts])),
);

export const anyIdentityPolicy = policyOf(
  fc
    .tuple(effect, actions, anyResource, condition)
    .map(([Effect, action, Resource, when]) => together([{ Effect, Resource }, action, when])),
);
