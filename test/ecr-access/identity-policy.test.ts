import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateAccess } from '../../src/ecr-access/evaluate-access.ts';
import { rightActions } from '../../src/ecr-access/grant-statements.ts';
import { identityPolicyFor } from '../../src/ecr-access/identity-policy.ts';
import { readPolicyDocument } from '../../src/ecr-access/policy-document.ts';
import { renderPolicy } from '../../src/ecr-access/render-policy.ts';
import { grantTo, registry } from '../support/ecr-grants.ts';
import { judge, repositoryArn } from '../support/iam-judge.ts';

const role = { type: 'role', accountId: '111122223333', roleName: 'ci/builder' } as const;
const lambda = { type: 'lambda', accountId: '111122223333', region: 'eu-west-1' } as const;
const arn = 'arn:aws:iam::111122223333:role/ci/builder';

describe('the policy for the other side', () => {
  it('holds a token for all of ECR, and the rights on the repositories', () => {
    const { spec } = grantTo(role);

    expect(identityPolicyFor({ ...spec, repositories: { names: ['team/api', 'team/web'] } })).toEqual({
      attachTo: 'The role ci/builder of account 111122223333.',
      document: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
          {
            Effect: 'Allow',
            Action: rightActions.pull,
            Resource: [
              'arn:aws:ecr:eu-west-1:333344445555:repository/team/api',
              'arn:aws:ecr:eu-west-1:333344445555:repository/team/web',
            ],
          },
        ],
      },
    });
  });

  it('for all repositories names those of the registry, later ones included, in its partition', () => {
    const { spec } = grantTo(role, { access: 'push' });
    const china = { accountId: '333344445555', region: 'cn-north-1' };

    expect(identityPolicyFor(spec).document.Statement[1]).toMatchObject({
      Action: rightActions.push,
      Resource: ['arn:aws:ecr:eu-west-1:333344445555:repository/*'],
    });
    expect(identityPolicyFor({ ...spec, registry: china }).document.Statement[1]).toMatchObject({
      Resource: ['arn:aws-cn:ecr:cn-north-1:333344445555:repository/*'],
    });
  });

  it('is of use to those who make functions, and not to the functions', () => {
    const { attachTo, document } = identityPolicyFor(grantTo(lambda).spec);

    expect(attachTo).toContain('execution roles need nothing');
    expect(document.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        Resource: ['arn:aws:ecr:eu-west-1:333344445555:repository/*'],
      },
    ]);
  });

  it('says to whom it is attached', () => {
    const attachTo = (principal: Parameters<typeof grantTo>[0]) => identityPolicyFor(grantTo(principal).spec).attachTo;

    expect(attachTo({ type: 'account', accountId: '111122223333' })).toContain('account 111122223333');
    expect(attachTo({ type: 'organization', organizationId: 'o-aaaaaaaaaa' })).toContain('o-aaaaaaaaaa');
  });

  it('and the grant together let in, by both evaluators, and either alone does not', async () => {
    const actions = fc.constantFrom(...rightActions.push);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('pull' as const, 'push' as const), actions, async (access, action) => {
        const { spec, ...rest } = grantTo(role, { access });
        const { document } = identityPolicyFor(spec);
        const rendered = renderPolicy({ grants: [{ ...rest, spec }], present: undefined, region: registry.region });
        if (rendered.kind !== 'write') throw new Error(rendered.kind);
        const read = readPolicyDocument(rendered.text);
        const identity = readPolicyDocument(JSON.stringify(document));
        if (read.kind !== 'read' || identity.kind !== 'read') throw new Error('unreadable');

        const both = await judge({ principal: arn, action, policy: rendered.text, identityPolicies: [document] });
        const asked = { principal: { arn }, action, resource: repositoryArn };
        const ours = evaluateAccess({ ...asked, policy: read.document, identityPolicies: [identity.document] });
        const isGranted = access === 'push' || (rightActions.pull as readonly string[]).includes(action);

        expect(both).toBe(isGranted ? 'Allowed' : 'ImplicitlyDenied');
        expect(ours.verdict).toBe(isGranted ? 'ALLOWED' : 'DENIED');
        expect(await judge({ principal: arn, action, policy: rendered.text, identityPolicies: [] })).toBe(
          'ImplicitlyDenied',
        );
        expect(await judge({ principal: arn, action, policy: undefined, identityPolicies: [document] })).toBe(
          'ImplicitlyDenied',
        );
      }),
      { numRuns: 20 },
    );
  });
});
