/**
 * What the way to a role's policies promises (src/ports/iam-policies.ts). A real part serves a part of it:
 *
 * | promises on         | in                  | simulators | moto 5.2.5                                                 |
 * |---------------------|---------------------|------------|------------------------------------------------------------|
 * | roles, policies     | iamPoliciesContract | yes        | yes                                                        |
 * | who may enter       | iamRightsContract   | yes        | no: it gives every role to everybody, and allows all calls |
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IamPolicy, ReadRolePolicies } from '../../src/ports/iam-policies.ts';
import { allow, type GovernedIamWorld, type IamWorld, signal } from './iam-policies-world.ts';

export function iamPoliciesContract(name: string, makeWorld: () => Promise<IamWorld>): void {
  describe(`IAM policies of a role: ${name}`, () => {
    let world: IamWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());

    const read = () => world.access().readRolePolicies(world.target, signal());

    it("reads a role's own policy, and its ARN with its path", async () => {
      await world.makeRole({ path: '/ci/', policy: allow('ecr:*') });

      const answer = await read();

      const { accountId, roleName } = world.target;
      expect(answer).toMatchObject({ kind: 'read', arn: `arn:aws:iam::${accountId}:role/ci/${roleName}` });
      expect(documentsOf(answer)).toEqual([allow('ecr:*')]);
      expect(answer).not.toHaveProperty('boundary.text');
    });

    it('reads all that is attached to it, however many', async () => {
      const attached = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((one) => [one, allow(`ecr:${one}`)]));
      await world.makeRole({ policy: allow('s3:*'), attached });

      const answer = await read();

      const arnOf = (one: string) => `arn:aws:iam::${world.target.accountId}:policy/${one}`;
      expect(documentsOf(answer)).toEqual([allow('s3:*'), ...Object.values(attached)]);
      expect(namesOf(answer).slice(1)).toEqual(Object.keys(attached).map(arnOf));
    });

    it('reads its boundary by itself', async () => {
      await world.makeRole({ policy: allow('ecr:*'), boundary: allow('s3:*') });

      const answer = await read();

      expect(documentsOf(answer)).toEqual([allow('ecr:*')]);
      expect(answer.kind === 'read' && answer.boundary && documentOf(answer.boundary)).toEqual(allow('s3:*'));
    });

    it('reads a document with signs of every kind', async () => {
      const document = allow('ecr:*', 'arn:aws:ecr:*:*:repository/é%20+&<ß>/*');
      await world.makeRole({ policy: document });

      expect(documentsOf(await read())).toEqual([document]);
    });

    it('answers role-missing where there is none of that name', async () => {
      expect(await read()).toEqual({ kind: 'role-missing' });
    });
  });
}

/** What the owner of an account decides: whom the role trusts, what it may do; and what AWS does on a bad day. */
export function iamRightsContract(name: string, makeWorld: () => Promise<GovernedIamWorld>): void {
  describe(`IAM policies of a role, who may enter: ${name}`, () => {
    let world: GovernedIamWorld;
    beforeEach(async () => {
      world = await makeWorld();
      await world.makeRole({ path: '/ci/', policy: allow('ecr:*'), attached: { Pull: allow('ecr:BatchGetImage') } });
    });
    afterEach(() => world.close());

    const read = (change = {}) => world.access().readRolePolicies({ ...world.target, ...change }, signal());
    const actions = [
      ...['iam:GetRole', 'iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'],
      ...['iam:GetPolicy', 'iam:GetPolicyVersion'],
    ];

    it.each([
      ['the role does not exist', { roleArn: 'arn:aws:iam::111122223333:role/gone' }],
      ['the role requires another ExternalId', { externalId: 'globex-000000' }],
    ])('answers role-not-assumable when %s', async (_, change) => {
      const answer = await read(change);

      expect(answer).toMatchObject({ kind: 'role-not-assumable' });
      expect(JSON.stringify(answer)).not.toContain({ ...world.target, ...change }.externalId);
    });

    it.each(actions)('answers forbidden with %s when the role may not', async (action) => {
      const everything = { Effect: 'Allow', Action: 'iam:*', Resource: '*' };
      await world.changeRole({ statements: [everything, { Effect: 'Deny', Action: action, Resource: '*' }] });

      const answer = await read();

      expect(answer).toMatchObject({ kind: 'forbidden', action });
      expect(answer).toHaveProperty('detail', expect.stringContaining('not authorized to perform'));
    });

    it('needs no more than to read that role, and what is attached to it', async () => {
      const { accountId, roleName } = world.target;
      const account = `arn:aws:iam::${accountId}:`;
      await world.changeRole({
        statements: [
          { Effect: 'Allow', Action: actions.slice(0, 4), Resource: `${account}role/ci/${roleName}` },
          { Effect: 'Allow', Action: actions.slice(4), Resource: `${account}policy/Pull` },
        ],
      });

      expect((await read()).kind).toBe('read');
    });

    it.each(actions)('bears that %s is taken at the second try only', async (action) => {
      await world.disturb(action, 'throttled');

      expect((await read()).kind).toBe('read');
    });

    it.each(actions)('bears that the answer of %s is lost', async (action) => {
      await world.disturb(action, 'answer-lost');

      expect((await read()).kind).toBe('read');
    });
  });
}

function documentsOf(answer: ReadRolePolicies): readonly unknown[] {
  return answer.kind === 'read' ? answer.policies.map(documentOf) : [];
}

function namesOf(answer: ReadRolePolicies): readonly string[] {
  return answer.kind === 'read' ? answer.policies.map((policy) => policy.name) : [];
}

function documentOf({ text }: IamPolicy): unknown {
  return JSON.parse(text);
}
