import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSamePolicy } from '../../src/ecr-access/canonical-policy.ts';
import { policyLimitBytes, renderPolicy } from '../../src/ecr-access/render-policy.ts';
import type { RenderedGrant, RenderedPolicy } from '../../src/ecr-access/render-policy.ts';
import { anyGrants, anyPresent, foreignPolicy, grantTo, manyGrants, registry } from '../support/ecr-grants.ts';

const { region } = registry;

function render(grants: readonly RenderedGrant[], present?: string, held?: readonly string[]): RenderedPolicy {
  return renderPolicy({ grants, present, region, held });
}

/** The policy after the rendering; absent: there is none. */
function after(grants: readonly RenderedGrant[], present?: string, held?: readonly string[]): string | undefined {
  const rendered = render(grants, present, held);
  switch (rendered.kind) {
    case 'write':
      return rendered.text;
    case 'delete':
      return undefined;
    default:
      return present;
  }
}

/** A policy as it was written, but for white space. */
function structureOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(JSON.parse(text));
}

function sidsOf(text: string | undefined): readonly string[] {
  return JSON.parse(text ?? '{"Statement":[]}').Statement.map(({ Sid: sid }: { Sid?: string }) => sid);
}

const account = grantTo({ type: 'account', accountId: '111122223333' }, { id: 'account' });
const role = grantTo(
  { type: 'role', accountId: '111122223333', roleName: 'ci/builder' },
  { id: 'role', access: 'push' },
);
const organization = grantTo({ type: 'organization', organizationId: 'o-aaaaaaaaaa' }, { id: 'organization' });
const lambda = grantTo({ type: 'lambda', accountId: '222233334444', region: 'us-east-1' }, { id: 'lambda' });

describe('a rendered policy', () => {
  it('has a statement for each right and kind of principal', () => {
    const rendered = render([account, role, organization, lambda]);

    const pull = [
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetDownloadUrlForLayer',
      'ecr:DescribeImages',
      'ecr:ListImages',
    ];
    const push = [...pull, 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'];
    expect(rendered).toMatchObject({ kind: 'write', grants: ['account', 'lambda', 'organization', 'role'] });
    expect(JSON.parse(after([account, role, organization, lambda]) ?? '')).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'FleetApiPull', Effect: 'Allow', Principal: { AWS: ['arn:aws:iam::111122223333:root'] }, Action: pull },
        {
          Sid: 'FleetApiPush',
          Effect: 'Allow',
          Principal: { AWS: ['arn:aws:iam::111122223333:role/ci/builder'] },
          Action: push,
        },
        {
          Sid: 'FleetApiLambdaAccounts',
          Effect: 'Allow',
          Principal: { AWS: ['arn:aws:iam::222233334444:root'] },
          Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        },
        {
          Sid: 'FleetApiPullOrganizations',
          Effect: 'Allow',
          Principal: '*',
          Action: pull,
          Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-aaaaaaaaaa'] } },
        },
        {
          Sid: 'FleetApiLambdaService',
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
          Condition: { StringLike: { 'aws:sourceArn': ['arn:aws:lambda:us-east-1:222233334444:function:*'] } },
        },
      ],
    });
  });

  it('says each principal once, with its widest right', () => {
    const push = grantTo({ type: 'account', accountId: '111122223333' }, { id: 'push', access: 'push' });
    const itsFunctions = grantTo({ type: 'lambda', accountId: '111122223333', region }, { id: 'functions' });

    expect(sidsOf(after([account, push, itsFunctions]))).toEqual(['FleetApiPush', 'FleetApiLambdaService']);
    expect(render([account, push, itsFunctions])).toMatchObject({ grants: ['account', 'functions', 'push'] });
  });

  it('names principals of the partition that the region is in', () => {
    const text = (regionName: string) => {
      const rendered = renderPolicy({ grants: [account, lambda], present: undefined, region: regionName });
      return rendered.kind === 'write' ? rendered.text : '';
    };

    expect(text('cn-north-1')).toContain('"arn:aws-cn:iam::111122223333:root"');
    expect(text('cn-north-1')).not.toContain('arn:aws:');
    expect(text('us-gov-west-1')).toContain('"arn:aws-us-gov:iam::111122223333:root"');
  });

  it('is deleted where nothing is left, and unchanged where nothing was', () => {
    expect(render([], after([account]))).toEqual({ kind: 'delete', grants: [], bytes: 0 });
    expect(render([], undefined)).toEqual({ kind: 'unchanged', grants: [], bytes: 0 });
  });

  it('puts right what somebody changed in a statement of ours', () => {
    const changed = (after([account], undefined) ?? '').replace('111122223333:root', '999999999999:root');

    expect(structureOf(after([account], changed))).toBe(structureOf(after([account])));
  });

  it('knows our statements in the form that AWS gives back', () => {
    const policy = JSON.parse(after([account]) ?? '');
    const [ours] = policy.Statement;
    const stored = {
      ...policy,
      Statement: [{ ...ours, Principal: { AWS: '111122223333' }, Action: ours.Action.toReversed() }],
    };

    expect(render([account], JSON.stringify(stored, undefined, 2))).toMatchObject({
      kind: 'unchanged',
      grants: ['account'],
    });
  });

  it('is not written for the order of statements alone', () => {
    const policy = JSON.parse(
      after([account], '{"Statement":{"Effect":"Deny","Principal":"*","Action":"ecr:*"}}') ?? '',
    );
    const reversed = JSON.stringify({ ...policy, Statement: policy.Statement.toReversed() });

    expect(render([account], reversed).kind).toBe('unchanged');
  });

  it.each([
    ['no JSON', '{'],
    ['a text', '"x"'],
    ['a list', '[]'],
    ['no statement', '{"Version":"2012-10-17"}'],
    ['a statement that is none', '{"Statement":["x"]}'],
    ['null', '{"Statement":null}'],
  ])('is none where the present one is unreadable: %s', (_what, present) => {
    expect(render([account], present)).toMatchObject({ kind: 'unreadable' });
    expect(render([], present)).toMatchObject({ kind: 'unreadable' });
  });
});

describe('over random grants and policies', () => {
  it('granting and withdrawing gives back the very same policy', () => {
    fc.assert(
      fc.property(anyGrants, anyPresent, (grants, present) => {
        expect(structureOf(after([], after(grants, present)))).toBe(structureOf(present));
      }),
    );
  });

  it('withdrawing one grant gives the policy of the others', () => {
    fc.assert(
      fc.property(anyGrants, anyPresent, (grants, present) => {
        const others = grants.slice(1);

        expect(isSamePolicy(after(others, after(grants, present)), after(others, present))).toBe(true);
      }),
    );
  });

  it('granting twice is granting once', () => {
    fc.assert(
      fc.property(anyGrants, anyPresent, (grants, present) => {
        const once = after(grants, present);

        expect(render(grants, once).kind).toBe('unchanged');
        expect(after([...grants, ...grants], present)).toBe(once);
      }),
    );
  });

  it('the order of grants does not matter', () => {
    const shuffled = anyGrants.chain((grants) =>
      fc.tuple(fc.constant(grants), fc.shuffledSubarray([...grants], { minLength: grants.length })),
    );
    fc.assert(
      fc.property(shuffled, anyPresent, ([grants, others], present) => {
        expect(render(others, present)).toEqual(render(grants, present));
      }),
    );
  });

  it('statements of others are the same, in their order, before ours; so is all else of theirs', () => {
    fc.assert(
      fc.property(anyGrants, foreignPolicy, (grants, present) => {
        const { Statement: statements, ...rest } = JSON.parse(after(grants, present) ?? '');
        const { Statement: foreign, ...restBefore } = JSON.parse(present);

        expect(JSON.stringify(statements.slice(0, foreign.length))).toBe(JSON.stringify(foreign));
        for (const { Sid: sid } of statements.slice(foreign.length)) expect(sid).toMatch(/^FleetApi[A-Za-z]+$/);
        expect(JSON.stringify(rest)).toBe(JSON.stringify(restBefore));
      }),
    );
  });

  it('never gives an authorization token', () => {
    fc.assert(
      fc.property(anyGrants, (grants) => {
        const { Statement: statements } = JSON.parse(after(grants) ?? '{"Statement":[]}');

        expect(JSON.stringify(statements)).not.toContain('GetAuthorizationToken');
        for (const { Action: actions } of statements) expect(actions.join()).toMatch(/^(ecr:[A-Za-z]+,?)+$/);
      }),
    );
  });
});

describe('where there is no room for all grants', () => {
  it('the policy stays within the limit, and each grant is in it or refused', () => {
    fc.assert(
      fc.property(manyGrants, foreignPolicy, (grants, present) => {
        const rendered = render(grants, present);
        if (rendered.kind !== 'write') throw new Error(rendered.kind);

        expect(Buffer.byteLength(rendered.text)).toBe(rendered.bytes);
        expect(rendered.bytes).toBeLessThanOrEqual(policyLimitBytes);
        const refused = rendered.tooLarge?.refused ?? [];
        expect([...rendered.grants, ...refused].sort()).toEqual(grants.map(({ id }) => id).sort());
        const held = new Set(rendered.grants);
        expect(rendered.text).toBe(
          after(
            grants.filter(({ id }) => held.has(id)),
            present,
          ),
        );
        // Not one of those that are refused would have found room.
        for (const id of refused.slice(0, 5)) {
          expect(
            render(
              grants.filter((grant) => held.has(grant.id) || grant.id === id),
              present,
            ),
          ).toHaveProperty('tooLarge');
        }
        if (rendered.tooLarge) expect(rendered.tooLarge.bytesNeeded).toBeGreaterThan(policyLimitBytes);
      }),
      { numRuns: 25 },
    );
  });

  it('the choice does not depend on the order of grants, and holds', () => {
    fc.assert(
      fc.property(manyGrants, foreignPolicy, (grants, present) => {
        const rendered = render(grants, present);
        if (rendered.kind !== 'write') throw new Error(rendered.kind);

        expect(render(grants.toReversed(), present)).toEqual(rendered);
        expect(render(grants, rendered.text, rendered.grants)).toMatchObject({
          kind: 'unchanged',
          grants: rendered.grants,
        });
      }),
      { numRuns: 15 },
    );
  });

  /** A policy of others with exactly as much room as the grants need. */
  function policyWithRoomFor(grants: readonly RenderedGrant[], filler = 'x'): string {
    const policy = (sid: string) =>
      JSON.stringify({ Statement: [{ Sid: sid, Effect: 'Deny', Principal: '*', Action: 'ecr:DeleteRepository' }] });
    const rendered = render(grants, policy(''));
    if (rendered.kind !== 'write') throw new Error(rendered.kind);
    return policy(filler.repeat(policyLimitBytes - rendered.bytes));
  }

  const older = grantTo({ type: 'account', accountId: '111122223333' }, { id: 'older' });
  const newer = grantTo(
    { type: 'account', accountId: '222233334444' },
    { id: 'newer', createdAt: '2026-02-01T00:00:00.000Z' },
  );

  it('the older grant goes through, and the newer one is told what to do', () => {
    const rendered = render([newer, older], policyWithRoomFor([older]));

    expect(rendered).toMatchObject({ kind: 'write', grants: ['older'], bytes: policyLimitBytes });
    if (rendered.kind !== 'write') throw new Error(rendered.kind);
    expect(rendered.tooLarge).toMatchObject({ refused: ['newer'], bytesNeeded: policyLimitBytes + 33 });
    expect(rendered.tooLarge?.detail).toMatch(
      /have 10273 bytes, and ECR allows 10240; without any of ours it has 10\d{3}\./,
    );
    expect(rendered.tooLarge?.detail).toContain('organization');
  });

  it('a grant that the policy holds already keeps its place', () => {
    const present = after([newer], policyWithRoomFor([newer]));

    expect(render([newer, older], present, ['newer'])).toMatchObject({
      kind: 'unchanged',
      grants: ['newer'],
      tooLarge: { refused: ['older'] },
    });
  });

  it('a principal that may push may pull as well, at no cost', () => {
    const push = (accountId: string, month: string) =>
      grantTo(
        { type: 'account', accountId },
        { id: accountId, access: 'push', createdAt: `2026-${month}-01T00:00:00.000Z` },
      );
    const grants = [older, push('222233334444', '02'), push('111122223333', '03')];
    const held = grants.map(({ id }) => id);
    const another = grantTo({ type: 'account', accountId: '444455556666' });

    expect(render([...grants, another], policyWithRoomFor(grants), held)).toMatchObject({
      grants: ['111122223333', '222233334444', 'older'],
      tooLarge: { refused: ['a-grant'] },
    });
  });

  it('counts bytes, of which a character may have several', () => {
    expect(render([older], policyWithRoomFor([older], 'é'))).toMatchObject({
      kind: 'unchanged',
      grants: [],
      tooLarge: { refused: ['older'] },
    });
  });

  it('a right can be withdrawn from a policy that others have filled to the brim', () => {
    const brim = JSON.stringify({ Statement: [{ Sid: 'é'.repeat(5_100), Effect: 'Allow' }, { Sid: 'FleetApiPull' }] });

    const rendered = render([], brim);

    expect(rendered).toMatchObject({ kind: 'write', grants: [] });
    expect(rendered).not.toHaveProperty('tooLarge');
  });
});
