import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPolicyDocument } from '../../src/ecr-access/policy-document.ts';
import type { PolicyDocument } from '../../src/ecr-access/policy-document.ts';
import { renderPolicy } from '../../src/ecr-access/render-policy.ts';
import { whoHasAccess } from '../../src/ecr-access/who-has-access.ts';
import { anyGrants, foreignPolicy, grantTo, registry } from '../support/ecr-grants.ts';

function documentOf(text: string): PolicyDocument {
  const read = readPolicyDocument(text);
  if (read.kind !== 'read') throw new Error(read.detail);
  return read.document;
}

function whoHas(...statements: readonly object[]): unknown {
  return whoHasAccess(documentOf(JSON.stringify({ Statement: statements })));
}

const root = 'arn:aws:iam::111122223333:root';

describe('who has access to a repository', () => {
  it('is said principal by principal, with the statement and whether it is ours', () => {
    const present = JSON.stringify({
      Statement: [
        {
          Sid: 'ByHand',
          Effect: 'Allow',
          Principal: { AWS: ['AROAKSCDLFT9R5DQP782U', '111122223333'] },
          Action: 'ecr:*',
        },
      ],
    });
    const grant = grantTo({ type: 'organization', organizationId: 'o-aaaaaaaaaa' });
    const rendered = renderPolicy({ grants: [grant], present, region: registry.region });
    if (rendered.kind !== 'write') throw new Error(rendered.kind);

    expect(whoHasAccess(documentOf(rendered.text))).toMatchObject([
      {
        principal: { type: 'AWS', value: 'AROAKSCDLFT9R5DQP782U' },
        isExcepted: false,
        effect: 'Allow',
        access: 'push',
        statement: { index: 0, sid: 'ByHand', isOurs: false },
      },
      { principal: { type: 'AWS', value: '111122223333' }, access: 'push', statement: { index: 0 } },
      {
        principal: { type: 'AWS', value: '*' },
        access: 'pull',
        statement: { index: 1, sid: 'FleetApiPullOrganizations', isOurs: true },
        conditions: { StringEquals: { 'aws:PrincipalOrgID': ['o-aaaaaaaaaa'] } },
      },
    ]);
  });

  it.each([
    ['push', ['ecr:*']],
    ['push', ['ecr:Batch*', 'ecr:GetDownloadUrlForLayer', 'ecr:*Layer*', 'ecr:PutImage']],
    ['pull', ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']],
    ['pull', ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:*Upload', 'ecr:UploadLayerPart', 'ecr:PutImage']],
    ['partial', ['ecr:BatchGetImage']],
    ['partial', ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage']],
  ])('is %s by %j', (access, actions) => {
    expect(whoHas({ Effect: 'Allow', Principal: { AWS: root }, Action: actions })).toMatchObject([{ access }]);
  });

  it('leaves out statements about other things, and keeps what denies', () => {
    expect(whoHas({ Effect: 'Allow', Principal: '*', Action: 'ecr:DescribeRepositories' })).toEqual([]);
    expect(whoHas({ Effect: 'Deny', Principal: '*', Action: 'ecr:PutImage' })).toEqual([
      {
        principal: { type: 'AWS', value: '*' },
        isExcepted: false,
        effect: 'Deny',
        access: 'partial',
        actions: ['ecr:PutImage'],
        statement: { index: 0, isOurs: false },
      },
    ]);
  });

  it('reads what a statement says by exception', () => {
    expect(whoHas({ Effect: 'Allow', NotPrincipal: { AWS: root }, NotAction: 'ecr:PutImage' })).toMatchObject([
      { principal: { type: 'AWS', value: root }, isExcepted: true, access: 'pull' },
    ]);
  });

  it('names each principal that a grant brought in', () => {
    fc.assert(
      fc.property(anyGrants, foreignPolicy, (grants, present) => {
        const before = whoHasAccess(documentOf(present));
        const rendered = renderPolicy({ grants, present, region: registry.region });

        const entries = whoHasAccess(documentOf(rendered.kind === 'write' ? rendered.text : present));

        expect(entries.filter(({ statement }) => !statement.isOurs)).toEqual(before);
        const ours = JSON.stringify(entries.filter(({ statement }) => statement.isOurs));
        for (const { spec } of grants) {
          const { principal } = spec;
          expect(ours).toContain(principal.type === 'organization' ? principal.organizationId : principal.accountId);
        }
      }),
    );
  });
});
