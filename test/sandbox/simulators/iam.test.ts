import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { account, type EcrSimulator, neighbour, owner, startEcr, stranger } from './ecr-simulator.ts';

const RoleName = 'deployer';
const managed = 'arn:aws:iam::aws:policy/service-role/Pull';
const allow = (Action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: [Action], Resource: ['*'] }],
});

let aws: EcrSimulator;

beforeEach(async () => {
  aws = await startEcr();
  await aws.put('policies', { arn: managed, policy: allow('ecr:BatchGetImage') });
  const body = { path: '/ci/', policy: allow('ecr:*'), attachedPolicies: [managed] };
  await aws.putRole(account, RoleName, body);
});

afterEach(() => aws.stop());

function client(credentials = owner): IAMClient {
  return new IAMClient({ region: 'us-east-1', endpoint: aws.url, credentials, maxAttempts: 1 });
}

function decoded(document: string | undefined): unknown {
  return JSON.parse(decodeURIComponent(document ?? ''));
}

it('shows a role, with its path and whom it trusts', async () => {
  const { Role } = await client().send(new GetRoleCommand({ RoleName }));

  const { roleId } = aws.world.roles.get(`arn:aws:iam::${account}:role/ci/deployer`) ?? {};
  expect(Role).toMatchObject({ Path: '/ci/', RoleId: roleId, Arn: `arn:aws:iam::${account}:role/ci/deployer` });
  expect(decoded(Role?.AssumeRolePolicyDocument)).toMatchObject({ Statement: [{ Action: ['sts:AssumeRole'] }] });
});

it("shows the role's own policy", async () => {
  const { PolicyNames, IsTruncated } = await client().send(new ListRolePoliciesCommand({ RoleName }));
  const [PolicyName] = PolicyNames ?? [];
  const { PolicyDocument } = await client().send(new GetRolePolicyCommand({ RoleName, PolicyName }));

  expect([PolicyNames?.length, IsTruncated]).toEqual([1, false]);
  expect(decoded(PolicyDocument)).toEqual(allow('ecr:*'));
});

it('shows the policies that are attached to it', async () => {
  const { AttachedPolicies } = await client().send(new ListAttachedRolePoliciesCommand({ RoleName }));
  expect(AttachedPolicies).toEqual([{ PolicyName: 'Pull', PolicyArn: managed }]);

  const { Policy } = await client().send(new GetPolicyCommand({ PolicyArn: managed }));
  const version = new GetPolicyVersionCommand({ PolicyArn: managed, VersionId: Policy?.DefaultVersionId });
  expect(decoded((await client().send(version)).PolicyVersion?.Document)).toEqual(allow('ecr:BatchGetImage'));
});

it('shows the policies that are attached to it a page at a time', async () => {
  const attachedPolicies = ['A', 'B', 'C', 'D', 'E'].map((name) => `arn:aws:iam::aws:policy/${name}`);
  await aws.putRole(account, 'much', { attachedPolicies });

  const seen: (string | undefined)[] = [];
  let marker: string | undefined;
  do {
    const command = new ListAttachedRolePoliciesCommand({ RoleName: 'much', Marker: marker });
    const { AttachedPolicies, IsTruncated, Marker } = await client().send(command);
    expect(IsTruncated).toBe(Marker !== undefined);
    expect(AttachedPolicies?.length).toBeLessThan(5);
    seen.push(...(AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn));
    marker = Marker;
  } while (marker !== undefined);

  expect(seen).toEqual(attachedPolicies);
});

it("shows a role's boundary, and holds it to that", async () => {
  const permissionsBoundary = `arn:aws:iam::${account}:policy/boundary`;
  await aws.put('policies', { arn: permissionsBoundary, policy: allow('iam:GetRole') });
  await aws.putRole(account, 'bounded', { permissionsBoundary });
  const session = client(await aws.assume(account, 'bounded'));

  const { Role } = await session.send(new GetRoleCommand({ RoleName: 'bounded' }));

  expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(permissionsBoundary);
  await expect(session.send(new ListRolePoliciesCommand({ RoleName }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('because no permissions boundary allows the iam:ListRolePolicies action'),
  });
});

it("finds nothing of another account's", async () => {
  await aws.put('policies', { arn: `arn:aws:iam::${account}:policy/own`, policy: allow('s3:*') });
  const missing = { name: 'NoSuchEntityException', $metadata: { httpStatusCode: 404 } };

  await expect(client(stranger).send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject(missing);
  const policy = new GetPolicyCommand({ PolicyArn: `arn:aws:iam::${account}:policy/own` });
  await expect(client(stranger).send(policy)).rejects.toMatchObject(missing);
});

it('shows nothing to whom his own policies do not allow it', async () => {
  await aws.putUser(stranger, `arn:aws:iam::${neighbour}:user/stranger`, allow('sts:*'));

  await expect(client(stranger).send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({ name: 'AccessDenied' });
});

it('lets a role do what a policy that is attached to it allows, and not what one of them denies', async () => {
  const Statement = [{ Effect: 'Deny', Action: 'iam:GetPolicy', Resource: '*' }];
  await aws.put('policies', { arn: `${managed}Less`, policy: { Version: '2012-10-17', Statement } });
  await aws.put('policies', { arn: `${managed}More`, policy: allow('iam:Get*') });
  const attachedPolicies = [`${managed}Less`, `${managed}More`];
  await aws.putRole(account, 'reader', { policy: allow('s3:*'), attachedPolicies });
  const session = client(await aws.assume(account, 'reader'));

  await session.send(new GetRoleCommand({ RoleName }));
  await expect(session.send(new GetPolicyCommand({ PolicyArn: managed }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
});

it('is on the trail, and has faults', async () => {
  await aws.put('faults', [{ action: 'iam:GetRole', error: { status: 400, code: 'Throttling' } }]);

  await expect(client().send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({ name: 'Throttling' });
  await client().send(new GetRoleCommand({ RoleName }));

  expect(aws.world.trail.map(({ action }) => action)).toEqual(['iam:GetRole']);
});
