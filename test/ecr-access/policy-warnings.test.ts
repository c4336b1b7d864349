import { describe, expect, it } from 'vitest';
import type { EcrPrincipal } from '../../src/ecr-access/ecr-grant.ts';
import { readPolicyDocument } from '../../src/ecr-access/policy-document.ts';
import type { PolicyDocument } from '../../src/ecr-access/policy-document.ts';
import { grantWarnings, policyWarnings } from '../../src/ecr-access/policy-warnings.ts';
import { renderPolicy } from '../../src/ecr-access/render-policy.ts';
import { grantTo, registry } from '../support/ecr-grants.ts';

function policyWith(...statements: readonly object[]): PolicyDocument {
  const read = readPolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement: statements }));
  if (read.kind !== 'read') throw new Error(read.detail);
  return read.document;
}

function warningsFor(
  principal: EcrPrincipal,
  statements: readonly object[],
  access: 'pull' | 'push' = 'pull',
): readonly string[] {
  const { spec } = grantTo(principal, { access });
  return policyWarnings(spec, { repository: 'team/api', document: policyWith(...statements) }).map(
    ({ kind, detail }) => `${kind}: ${detail.split(',')[0]}`,
  );
}

const account = { type: 'account', accountId: '111122223333' } as const;
const role = { type: 'role', accountId: '111122223333', roleName: 'ci/builder' } as const;
const organization = { type: 'organization', organizationId: 'o-aaaaaaaaaa' } as const;
const lambda = { type: 'lambda', accountId: '111122223333', region: 'eu-west-1' } as const;

const root = 'arn:aws:iam::111122223333:root';
const inOrganization = { Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-aaaaaaaaaa'] } } };

describe('a statement of others', () => {
  it.each([
    ['an account', account, { Principal: { AWS: root } }],
    ['an account by its id', account, { Principal: { AWS: ['111122223333'] } }],
    ['a role', role, { Principal: { AWS: 'arn:aws:iam::111122223333:role/ci/builder' } }],
    ['a role by its account', role, { Principal: { AWS: root } }],
    ['an organization', organization, { Principal: '*', ...inOrganization }],
    ['everybody', organization, { Principal: '*' }],
    ['Lambda', lambda, { Principal: { Service: 'lambda.amazonaws.com' } }],
    [
      'Lambda for the account',
      lambda,
      {
        Principal: { Service: 'lambda.amazonaws.com' },
        Condition: { StringLike: { 'aws:sourceArn': 'arn:aws:lambda:eu-west-1:111122223333:function:*' } },
      },
    ],
  ])('gives the right already: %s', (_what, principal, statement) => {
    const given = { Sid: 'ByHand', Effect: 'Allow', Action: 'ecr:*', ...statement };

    expect(warningsFor(principal, [{ Effect: 'Allow', Principal: { AWS: 'x' }, Action: 'x' }, given])).toEqual([
      'already-given: Statement ByHand',
    ]);
    expect(warningsFor(principal, [{ ...given, Sid: undefined }])).toEqual(['already-given: Statement 1']);
  });

  it.each([
    ['less of it', account, { Principal: { AWS: root }, Action: 'ecr:BatchGetImage' }],
    ['to another account', account, { Principal: { AWS: '999999999999' } }],
    ['to one role of the account', account, { Principal: { AWS: 'arn:aws:iam::111122223333:role/ci/builder' } }],
    ['to an organization', account, { Principal: '*', ...inOrganization }],
    [
      'to another organization',
      { ...organization, organizationId: 'o-bbbbbbbbbb' },
      { Principal: '*', ...inOrganization },
    ],
    [
      'on a condition',
      account,
      { Principal: { AWS: root }, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
    ],
    [
      'to functions in another region',
      lambda,
      {
        Principal: { Service: 'lambda.amazonaws.com' },
        Condition: { StringLike: { 'aws:sourceArn': 'arn:aws:lambda:us-east-1:111122223333:function:*' } },
      },
    ],
  ])('is no reason to warn where it gives %s', (_what, principal, statement) => {
    expect(warningsFor(principal, [{ Sid: 'ByHand', Effect: 'Allow', Action: 'ecr:*', ...statement }])).toEqual([]);
  });

  it('gives a push only with all that a push needs', () => {
    const pull = ['ecr:Batch*', 'ecr:GetDownloadUrlForLayer', 'ecr:DescribeImages', 'ecr:ListImages'];
    const statement = { Sid: 'ByHand', Effect: 'Allow', Action: pull, Principal: { AWS: root } };

    expect(warningsFor(account, [statement])).toEqual(['already-given: Statement ByHand']);
    expect(warningsFor(account, [statement], 'push')).toEqual([]);
  });

  it('is not one of ours', () => {
    const rendered = renderPolicy({ grants: [grantTo(account)], present: undefined, region: registry.region });
    if (rendered.kind !== 'write') throw new Error(rendered.kind);

    expect(warningsFor(account, JSON.parse(rendered.text).Statement)).toEqual([]);
  });

  it('denies what is granted, or may do so', () => {
    const deny = { Sid: 'Never', Effect: 'Deny', Principal: '*', Action: ['ecr:PutImage', 'ecr:DeleteRepository'] };
    const outside = { ...deny, Sid: 'Outside', Condition: { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };

    expect(warningsFor(account, [deny, outside], 'push')).toEqual([
      'foreign-deny: Statement Never',
      'foreign-deny: Statement Outside',
    ]);
    expect(warningsFor(account, [deny, outside], 'pull')).toEqual([]);
    const [warning] = policyWarnings(grantTo(account, { access: 'push' }).spec, {
      repository: 'team/api',
      document: policyWith(outside),
    });
    expect(warning?.detail).toContain('may deny');
  });

  it('denies an organization only perhaps, where it is about some of its accounts', () => {
    const statement = {
      Effect: 'Deny',
      Principal: '*',
      Action: '*',
      Condition: { StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } },
    };

    const [warning] = policyWarnings(grantTo(organization).spec, {
      repository: 'team/api',
      document: policyWith(statement),
    });

    expect(warning?.detail).toContain('may deny');
  });

  it('names the id of a role or user that was deleted', () => {
    const statement = {
      Sid: 'Old',
      Effect: 'Allow',
      Principal: { AWS: ['AROAKSCDLFT9R5DQP782U', 'AIDAJQABLZS4A3QDU576Q', root], Service: 'AROAKSCDLFT9R5DQP782U' },
      Action: 'ecr:PutImage',
    };

    const warnings = policyWarnings(grantTo(account).spec, { repository: 'team/api', document: policyWith(statement) });

    expect(warnings.map(({ kind }) => kind)).toEqual(['orphaned-principal', 'orphaned-principal']);
    expect(warnings[0]?.detail).toContain('Statement Old, which is not ours, names AROAKSCDLFT9R5DQP782U');
    expect(warnings[1]?.detail).toContain('AIDAJQABLZS4A3QDU576Q');
  });
});

describe('a grant', () => {
  const known = new Set(['111122223333']);

  it('to an account that nobody has registered is doubtful', () => {
    expect(grantWarnings(grantTo(account).spec, known)).toEqual([]);
    expect(grantWarnings(grantTo(organization).spec, known)).toEqual([]);
    expect(grantWarnings(grantTo({ ...role, accountId: '999999999999' }).spec, known)).toMatchObject([
      { kind: 'unknown-account' },
    ]);
  });

  it('to Lambda in another region is of no use', () => {
    expect(grantWarnings(grantTo(lambda).spec, known)).toEqual([]);
    expect(grantWarnings(grantTo({ ...lambda, region: 'us-east-1' }).spec, known)).toMatchObject([
      { kind: 'other-region' },
    ]);
  });
});
