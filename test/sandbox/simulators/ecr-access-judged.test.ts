import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { AwsError } from '../../../sandbox/simulators/aws-error.ts';
import { type AwsWorld, type Caller, createAwsWorld } from '../../../sandbox/simulators/aws-world.ts';
import { authorise } from '../../../sandbox/simulators/ecr/ecr-access.ts';
import { storedPolicy } from '../../../sandbox/simulators/ecr/policy-principals.ts';
import { readPolicyText } from '../../../sandbox/simulators/ecr/repository-policy.ts';
import { policyDocument } from '../../../sandbox/simulators/iam-policy.ts';
import { registry } from '../../support/ecr-grants.ts';
import { judge, repositoryArn } from '../../support/iam-judge.ts';

const own = registry.accountId;
const other = '444455556666';
const accounts = [own, other] as const;
const organizationId = 'o-abcdefghij';
const action = 'ecr:BatchGetImage';
const roleArn = (account: string, name = 'deployer') => `arn:aws:iam::${account}:role/${name}`;
const sessionArn = (account: string) => `arn:aws:sts::${account}:assumed-role/deployer/build`;

const effect = fc.constantFrom('Allow', 'Allow', 'Deny');
const named = fc.constantFrom(
  '*',
  ...accounts,
  ...accounts.flatMap((one) => [roleArn(one), roleArn(one, 'x'), sessionArn(one)]),
);
const condition = fc.constantFrom(
  undefined,
  { StringEquals: { 'aws:PrincipalOrgID': organizationId } },
  { StringNotEquals: { 'aws:PrincipalOrgID': ['o-kkkkkkkkkk', organizationId] } },
  { StringEqualsIfExists: { 'aws:principalorgid': 'o-kkkkkkkkkk' } },
  { ArnLike: { 'aws:PrincipalArn': roleArn('*') } },
  { ArnNotEquals: { 'aws:PrincipalArn': roleArn(other) }, StringLike: { 'aws:PrincipalAccount': ['1*', '4*'] } },
  { Null: { 'aws:PrincipalOrgID': 'true' } },
);

const repositoryStatement = fc.record({
  Effect: effect,
  Principal: fc.oneof(fc.constant('*'), fc.record({ AWS: fc.array(named, { minLength: 1, maxLength: 2 }) })),
  Action: fc.constantFrom(action, 'ecr:Batch*', 'ECR:*', 'ecr:PutImage'),
  Condition: condition,
});
const identityStatement = fc.record({
  Effect: effect,
  Action: fc.constantFrom(action, 'ecr:*', 'ecr:PutImage', '*'),
  Resource: fc.constantFrom('*', repositoryArn, repositoryArn.replace('team/', 'team?'), `${repositoryArn}x`),
});
const anyCase = fc.record({
  account: fc.constantFrom(...accounts),
  isInOrganization: fc.boolean(),
  repository: fc.array(repositoryStatement, { maxLength: 3 }),
  identity: fc.array(identityStatement, { maxLength: 2 }),
});
type Case = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;

const Version = '2012-10-17';
const textOf = ({ repository }: Case) =>
  repository.length === 0 ? undefined : JSON.stringify({ Version, Statement: repository });

function simulated(asked: Case): string {
  const world = worldOf(asked);
  const text = textOf(asked);
  const policy = text === undefined ? undefined : storedPolicy(world, registry, readPolicyText(text));
  try {
    authorise(world, callerOf(asked), { action, resource: repositoryArn, policy });
    return 'Allowed';
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'AccessDeniedException') throw error;
    return error.message.includes('explicit deny') ? 'ExplicitlyDenied' : 'ImplicitlyDenied';
  }
}

function worldOf({ account, isInOrganization }: Case): AwsWorld {
  const world = createAwsWorld();
  for (const arn of accounts.flatMap((one) => [roleArn(one), roleArn(one, 'x')])) {
    const nothing = policyDocument.parse({ Version, Statement: [] });
    world.roles.set(arn, { arn, roleId: idOf(arn), trustPolicy: nothing, policy: nothing, maxSessionSeconds: 3600 });
  }
  if (isInOrganization) world.accounts.set(account, { exists: true, organizationId });
  return world;
}

function callerOf({ account, identity }: Case): Caller {
  const document = policyDocument.parse({ Version, Statement: identity });
  return {
    ...{ arn: sessionArn(account), accountId: account, userId: `${idOf(roleArn(account))}:build` },
    ...{ roleArn: roleArn(account), policies: [{ kind: 'identity-based', document }] },
  };
}

function idOf(arn: string): string {
  return `AROA${arn.replace(/\W/g, '').toUpperCase()}`;
}

it('decides as an evaluator of somebody else does', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyCase, async (asked) => {
      const verdict = simulated(asked);
      const context = {
        'aws:PrincipalArn': roleArn(asked.account),
        'aws:PrincipalAccount': asked.account,
        ...(asked.isInOrganization && { 'aws:PrincipalOrgID': organizationId }),
      };
      const question = { principal: sessionArn(asked.account), action, policy: textOf(asked), context };
      const identityPolicies = [{ Version, Statement: asked.identity }];

      expect(verdict).toBe(await judge({ ...question, identityPolicies }));
      seen.add(`${asked.account} ${verdict}`);
    }),
    { numRuns: 600 },
  );
  // Of either account some of each.
  expect(seen.size).toBe(6);
});
