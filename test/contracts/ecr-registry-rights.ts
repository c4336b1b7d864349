import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EcrTarget } from '../../src/ports/ecr-registry.ts';
import { type GovernedEcrWorld, normal, policyOf, pullBy, signal } from './ecr-registry-world.ts';

const repository = 'team/app';
const policy = policyOf(pullBy('222233334444'));

/** What the owner of an account decides: whom the role trusts, what it may do; and what AWS does on a bad day. */
export function ecrRightsContract(name: string, makeWorld: () => Promise<GovernedEcrWorld>): void {
  describe(`ECR registry, who may enter: ${name}`, () => {
    let world: GovernedEcrWorld;
    beforeEach(async () => {
      world = await makeWorld();
      await world.makeRepository(repository);
      await world.setPolicy(repository, policy);
    });
    afterEach(() => world.close());

    const calls = [
      ['ecr:DescribeRepositories', (target: EcrTarget) => world.access().listRepositories(target, undefined, signal())],
      ['ecr:GetRepositoryPolicy', (target: EcrTarget) => world.access().readPolicy(target, repository, signal())],
      [
        'ecr:SetRepositoryPolicy',
        (target: EcrTarget) =>
          world.access().writePolicy(target, { repository, text: JSON.stringify(policy) }, signal()),
      ],
      ['ecr:DeleteRepositoryPolicy', (target: EcrTarget) => world.access().deletePolicy(target, repository, signal())],
    ] as const;

    it.each([
      ['the role does not exist', { roleArn: 'arn:aws:iam::111122223333:role/gone' }],
      ['the role requires another ExternalId', { externalId: 'globex-000000' }],
    ])('answers role-not-assumable when %s, whatever is to be done', async (_, change) => {
      const target = { ...world.target, ...change };

      for (const [, call] of calls) {
        const answer = await call(target);
        expect(answer.kind).toBe('role-not-assumable');
        expect(JSON.stringify(answer)).toContain(target.roleArn);
        expect(JSON.stringify(answer)).not.toContain(target.externalId);
      }
    });

    it('answers role-not-assumable when the role trusts somebody else', async () => {
      await world.changeRole({ trusts: 'arn:aws:iam::123412341234:root' });

      expect(await world.access().readPolicy(world.target, repository, signal())).toMatchObject({
        kind: 'role-not-assumable',
      });
    });

    it.each(calls)('answers forbidden with %s when the role may not', async (action, call) => {
      const everything = { Effect: 'Allow', Action: 'ecr:*', Resource: '*' };
      await world.changeRole({ statements: [everything, { Effect: 'Deny', Action: action, Resource: '*' }] });

      const answer = await call(world.target);

      expect(answer).toMatchObject({ kind: 'forbidden', action });
      expect(answer).toHaveProperty('detail', expect.stringContaining('not authorized to perform'));
    });

    it.each(calls)('%s needs no more than itself on the repositories', async (action, call) => {
      const { region, accountId } = world.target;
      const Resource = `arn:aws:ecr:${region}:${accountId}:repository/*`;
      await world.changeRole({ statements: [{ Effect: 'Allow', Action: action, Resource }] });

      expect((await call(world.target)).kind).toMatch(/^(listed|read|written)$/);
    });

    it("answers forbidden when the repository's own policy denies it", async () => {
      const shut = { ...pullBy('111122223333', 'Shut'), Effect: 'Deny', Action: 'ecr:GetRepositoryPolicy' };
      await world.setPolicy(repository, policyOf(shut));

      expect(await world.access().readPolicy(world.target, repository, signal())).toMatchObject({
        kind: 'forbidden',
        action: 'ecr:GetRepositoryPolicy',
      });
    });

    it.each(calls)('%s bears that AWS takes it at the second try only', async (action, call) => {
      await world.disturb(action, 'throttled');

      expect((await call(world.target)).kind).toMatch(/^(listed|read|written)$/);
    });

    it.each(calls)('%s ends as it would when its answer is lost', async (action, call) => {
      const document = action === 'ecr:DeleteRepositoryPolicy' ? undefined : policy;
      await world.disturb(action, 'answer-lost');

      expect((await call(world.target)).kind).toMatch(/^(listed|read|written)$/);

      const left = await world.policy(repository);
      expect(left && normal(left)).toEqual(document && normal(document));
    });
  });
}
