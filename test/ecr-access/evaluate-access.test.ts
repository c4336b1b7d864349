import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateAccess } from '../../src/ecr-access/evaluate-access.ts';
import type { AccessQuestion, AccessVerdict } from '../../src/ecr-access/evaluate-access.ts';
import { readPolicyDocument } from '../../src/ecr-access/policy-document.ts';
import type { PolicyDocument } from '../../src/ecr-access/policy-document.ts';
import { judge, repositoryArn } from '../support/iam-judge.ts';
import { anyContext, anyIdentityPolicy, anyRepositoryPolicy, anyRoleArn } from '../support/iam-policies.ts';

function documentOf(text: string): PolicyDocument {
  const read = readPolicyDocument(text);
  if (read.kind !== 'read') throw new Error(read.detail);
  return read.document;
}

function policyWith(...statements: readonly object[]): PolicyDocument {
  return documentOf(JSON.stringify({ Version: '2012-10-17', Statement: statements }));
}

const elsewhere = 'arn:aws:iam::111122223333:role/ci/builder';
const here = 'arn:aws:iam::333344445555:role/ci/builder';
const root = 'arn:aws:iam::111122223333:root';

const pull = { Effect: 'Allow', Action: ['ecr:BatchGetImage'] };
const allOfEcr = policyWith({ Effect: 'Allow', Action: 'ecr:*', Resource: '*' });
const nothing = policyWith({ Effect: 'Allow', Action: 's3:*', Resource: '*' });

function ask(question: Partial<AccessQuestion>): AccessVerdict {
  return evaluateAccess({
    principal: { arn: elsewhere },
    action: 'ecr:BatchGetImage',
    resource: repositoryArn,
    policy: undefined,
    identityPolicies: [allOfEcr],
    ...question,
  });
}

describe('access to a repository', () => {
  it('from another account needs both sides', () => {
    const policy = policyWith({ ...pull, Sid: 'FleetApiPull', Principal: { AWS: [root] } });

    expect(ask({ policy })).toEqual({
      verdict: 'ALLOWED',
      decidedBy: [
        { policy: 'repository', index: 0, sid: 'FleetApiPull', isOurs: true },
        { policy: 'identity', policyIndex: 0, index: 0, isOurs: false },
      ],
      unjudged: [],
      missing: [],
      sides: {
        repository: { allow: 'yes', deny: 'no' },
        identity: { allow: 'yes', deny: 'no' },
        boundary: { allow: 'yes', deny: 'no' },
      },
    });
    expect(ask({ policy, identityPolicies: [nothing] })).toMatchObject({
      verdict: 'DENIED',
      missing: ['identity-policy'],
    });
    expect(ask({ policy: undefined })).toMatchObject({ verdict: 'DENIED', missing: ['repository-policy'] });
    expect(ask({ policy, identityPolicies: undefined })).toMatchObject({
      verdict: 'UNKNOWN',
      unjudged: [{ what: 'identity-policies' }],
      missing: [],
    });
  });

  it('in the own account needs one side, and the account as a whole is none', () => {
    const own = { principal: { arn: here }, identityPolicies: [nothing] };
    const byName = policyWith({ ...pull, Principal: { AWS: here } });
    const byAccount = policyWith({ ...pull, Principal: { AWS: '333344445555' } });

    expect(ask({ ...own, policy: byName }).verdict).toBe('ALLOWED');
    expect(ask({ ...own, policy: byAccount }).verdict).toBe('DENIED');
    expect(ask({ principal: { arn: here }, policy: undefined }).verdict).toBe('ALLOWED');
  });

  it('is denied by a deny, whatever allows it', () => {
    const policy = policyWith(
      { ...pull, Principal: '*' },
      { Sid: 'Not', Effect: 'Deny', Principal: { AWS: root }, Action: '*' },
    );

    expect(ask({ policy })).toMatchObject({
      verdict: 'DENIED',
      decidedBy: [{ index: 1, sid: 'Not', isOurs: false }],
      missing: [],
    });
  });

  it('is no more than the boundary allows, in the own account as well', () => {
    const policy = policyWith({ ...pull, Principal: { AWS: [elsewhere, here] } });
    const bounded = { policy, boundary: nothing };

    expect(ask(bounded)).toMatchObject({ verdict: 'DENIED', missing: ['permissions-boundary'] });
    expect(ask({ ...bounded, principal: { arn: here } })).toMatchObject({
      verdict: 'DENIED',
      missing: ['permissions-boundary'],
    });
    expect(ask({ policy, boundary: allOfEcr }).verdict).toBe('ALLOWED');
    expect(ask({ policy, boundary: allOfEcr, identityPolicies: [nothing] })).toMatchObject({
      verdict: 'DENIED',
      missing: ['identity-policy'],
    });
  });

  it('by a boundary is denied to those whom `NotPrincipal` excepts', () => {
    const exception = { Effect: 'Deny', Action: '*', NotPrincipal: { AWS: [elsewhere, root] } };
    const policy = policyWith({ ...pull, Principal: { AWS: root } }, exception);

    expect(ask({ policy }).verdict).toBe('ALLOWED');
    expect(ask({ policy, boundary: allOfEcr }).verdict).toBe('DENIED');
  });

  it('is unknown where the policy of the repository cannot be seen, unless the other side says no', () => {
    const unseen = { policy: 'unseen' as const };

    expect(ask(unseen)).toMatchObject({ verdict: 'UNKNOWN', unjudged: [{ what: 'repository-policy' }], missing: [] });
    expect(ask({ ...unseen, identityPolicies: [nothing] })).toMatchObject({ verdict: 'DENIED' });
    expect(ask({ ...unseen, principal: { arn: here }, identityPolicies: [nothing] }).verdict).toBe('UNKNOWN');
  });

  it('says what else is missing where it is denied', () => {
    const policy = policyWith({ Effect: 'Deny', Principal: '*', Action: '*' });

    expect(ask({ policy, identityPolicies: [nothing] })).toMatchObject({
      verdict: 'DENIED',
      missing: ['repository-policy', 'identity-policy'],
      sides: { repository: { deny: 'yes' } },
    });
  });

  it('is unknown where a condition is', () => {
    const condition = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } };
    const allowing = policyWith({ ...pull, Sid: 'Inside', Principal: { AWS: root }, Condition: condition });
    const denying = policyWith(
      { ...pull, Principal: { AWS: root } },
      { Effect: 'Deny', Principal: '*', Action: 'ecr:*', Condition: condition },
    );

    expect(ask({ policy: allowing })).toMatchObject({
      verdict: 'UNKNOWN',
      unjudged: [{ statement: { sid: 'Inside' }, what: 'condition' }],
    });
    expect(ask({ policy: denying }).verdict).toBe('UNKNOWN');
    expect(ask({ policy: denying, identityPolicies: [nothing] }).verdict).toBe('DENIED');
  });

  it('by an organization is known where the organization is', () => {
    const policy = policyWith({
      ...pull,
      Principal: '*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-a', 'o-b'] } },
    });

    expect(ask({ policy }).verdict).toBe('UNKNOWN');
    expect(ask({ policy, context: { 'aws:PrincipalOrgID': 'o-b' } }).verdict).toBe('ALLOWED');
    expect(ask({ policy, context: { 'aws:PrincipalOrgID': 'o-c' } }).verdict).toBe('DENIED');
  });

  it('is not denied by the usual statement against plain HTTP', () => {
    const policy = policyWith(
      { ...pull, Principal: { AWS: root } },
      { Effect: 'Deny', Principal: '*', Action: '*', Condition: { Bool: { 'aws:SecureTransport': false } } },
    );

    expect(ask({ policy }).verdict).toBe('ALLOWED');
  });

  it('of a service is decided by the repository alone', () => {
    const lambda = { principal: { service: 'lambda.amazonaws.com' }, identityPolicies: undefined };
    const policy = policyWith({
      ...pull,
      Principal: { Service: 'lambda.amazonaws.com' },
      Condition: { StringLike: { 'aws:sourceArn': 'arn:aws:lambda:eu-west-1:111122223333:function:*' } },
    });
    const from = (region: string) => ({ 'aws:SourceArn': `arn:aws:lambda:${region}:111122223333:function:web` });

    expect(ask({ ...lambda, policy, context: from('eu-west-1') }).verdict).toBe('ALLOWED');
    expect(ask({ ...lambda, policy, context: from('us-east-1') })).toMatchObject({
      verdict: 'DENIED',
      missing: ['repository-policy'],
    });
    expect(ask({ ...lambda, policy }).verdict).toBe('UNKNOWN');
  });

  it('of an account as a whole is what all of its identities have', () => {
    const asked = { principal: { arn: root }, identityPolicies: [allOfEcr] };

    expect(ask({ ...asked, policy: policyWith({ ...pull, Principal: { AWS: '111122223333' } }) }).verdict).toBe(
      'ALLOWED',
    );
    expect(ask({ ...asked, policy: policyWith({ ...pull, Principal: { AWS: elsewhere } }) }).verdict).toBe('DENIED');
  });

  it('of some identity of an organization needs both sides', () => {
    const asked = { principal: { anyone: true as const }, context: { 'aws:PrincipalOrgID': 'o-a' } };
    const policy = policyWith({
      ...pull,
      Principal: '*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a' } },
    });

    expect(ask({ ...asked, policy }).verdict).toBe('ALLOWED');
    expect(ask({ ...asked, policy, identityPolicies: undefined }).verdict).toBe('UNKNOWN');
    expect(ask({ ...asked, policy, identityPolicies: [nothing] })).toMatchObject({
      verdict: 'DENIED',
      missing: ['identity-policy'],
    });
    expect(ask({ ...asked, policy: undefined })).toMatchObject({ verdict: 'DENIED', missing: ['repository-policy'] });
  });

  it('of an account as a whole is unknown where it depends on the identity', () => {
    const condition = { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/ci/*' } };
    const policy = policyWith({ ...pull, Principal: { AWS: root }, Condition: condition });

    expect(ask({ principal: { arn: root }, policy }).verdict).toBe('UNKNOWN');
    expect(ask({ principal: { arn: elsewhere }, policy }).verdict).toBe('ALLOWED');
  });

  it('is not had by an id that a deleted role has left', () => {
    expect(ask({ policy: policyWith({ ...pull, Principal: { AWS: 'AROAKSCDLFT9R5DQP782U' } }) }).verdict).toBe(
      'DENIED',
    );
  });

  it.each([
    [
      'a variable',
      { ...pull, Principal: '*', Condition: { StringEquals: { 'aws:PrincipalArn': '${aws:username}' } } },
      'condition',
    ],
    ['a condition that is none', { ...pull, Principal: '*', Condition: 'x' }, 'condition'],
    ['no principal', { ...pull }, 'principal'],
    ['no action', { Effect: 'Allow', Principal: '*' }, 'action'],
    ['another effect', { ...pull, Effect: 'Maybe', Principal: '*' }, 'effect'],
    ['a variable in a resource', { ...pull, Principal: '*', Resource: 'arn:aws:ecr:*:*:repository/${x}' }, 'resource'],
    [
      'a session of the role',
      { ...pull, Principal: { AWS: 'arn:aws:sts::111122223333:assumed-role/builder/run-7' } },
      'principal',
    ],
    ['an exception by name alone', { ...pull, NotPrincipal: { AWS: elsewhere } }, 'principal'],
  ])('is unknown with %s', (_what, statement, what) => {
    expect(ask({ policy: policyWith(statement) })).toMatchObject({ verdict: 'UNKNOWN', unjudged: [{ what }] });
  });
});

describe('an authorization token', () => {
  it('is given by the identity side alone, on all resources', () => {
    const token = { action: 'ecr:GetAuthorizationToken', resource: '*' };
    const onOne = policyWith({ Effect: 'Allow', Action: 'ecr:*', Resource: repositoryArn });

    expect(ask(token).verdict).toBe('ALLOWED');
    expect(ask({ ...token, identityPolicies: [onOne] })).toMatchObject({
      verdict: 'DENIED',
      missing: ['identity-policy'],
    });
  });
});

describe('judged by another evaluator of policies', () => {
  const question = fc.record({
    arn: anyRoleArn,
    action: fc.constantFrom('ecr:BatchGetImage', 'ecr:PutImage'),
    policy: fc.option(anyRepositoryPolicy, { nil: undefined, freq: 8 }),
    identity: fc.array(anyIdentityPolicy, { maxLength: 2 }),
    boundary: fc.option(anyIdentityPolicy, { nil: undefined, freq: 1 }),
    context: anyContext,
  });

  it('a verdict holds, whatever else the request may be', async () => {
    const tally = { ALLOWED: 0, DENIED: 0, UNKNOWN: 0 };
    await fc.assert(
      fc.asyncProperty(question, fc.boolean(), fc.boolean(), async (asked, isSeen, isOrganizationKnown) => {
        const { arn, action, policy, identity, boundary, context } = asked;
        const organization = context['aws:PrincipalOrgID'];
        const { verdict } = evaluateAccess({
          principal: { arn },
          action,
          resource: repositoryArn,
          policy: policy === undefined ? undefined : documentOf(policy),
          identityPolicies: isSeen ? identity.map(documentOf) : undefined,
          boundary: isSeen && boundary !== undefined ? documentOf(boundary) : undefined,
          context: isOrganizationKnown && organization !== undefined ? { 'aws:PrincipalOrgID': organization } : {},
        });

        tally[verdict] += 1;
        if (verdict === 'UNKNOWN') return;
        const judged = await judge({
          principal: arn,
          action,
          policy,
          identityPolicies: identity.map((text) => JSON.parse(text)),
          ...(boundary !== undefined && { boundary: JSON.parse(boundary) }),
          context: {
            'aws:SecureTransport': 'true',
            'aws:PrincipalArn': arn,
            'aws:PrincipalAccount': arn.split(':')[4] ?? '',
            ...context,
          },
        });
        expect(judged === 'Allowed' ? 'ALLOWED' : 'DENIED').toBe(verdict);
      }),
      { numRuns: 1_500 },
    );
    expect(tally.ALLOWED).toBeGreaterThan(30);
  });

  it('a verdict is reached where there is nothing that cannot be known', () => {
    fc.assert(
      fc.property(question, ({ arn, action, policy, identity, boundary }) => {
        const texts = [policy ?? '', boundary ?? '', ...identity];
        fc.pre(!texts.some((text) => /NotPrincipal|assumed-role|OrgID|orgid|SourceIp|sourceArn/.test(text)));

        const { verdict } = evaluateAccess({
          principal: { arn },
          action,
          resource: repositoryArn,
          policy: policy === undefined ? undefined : documentOf(policy),
          identityPolicies: identity.map(documentOf),
          boundary: boundary === undefined ? undefined : documentOf(boundary),
        });

        expect(verdict).not.toBe('UNKNOWN');
      }),
    );
  });
});
