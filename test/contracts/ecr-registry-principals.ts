import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GovernedEcrWorld, normal, type PolicyStatement, policyOf, pullBy, signal } from './ecr-registry-world.ts';

const repository = 'team/app';
const theirs = pullBy('222233334444', 'Theirs');
const notFound = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'";

/** ECR takes a document only if all whom it names exist, and does not say who is missing. */
export function ecrPrincipalsContract(name: string, makeWorld: () => Promise<GovernedEcrWorld>): void {
  describe(`ECR registry, whom a policy names: ${name}`, () => {
    let world: GovernedEcrWorld;
    beforeEach(async () => {
      world = await makeWorld();
      await world.makeRepository(repository);
      await world.setPolicy(repository, policyOf(theirs));
    });
    afterEach(() => world.close());

    async function write(...statements: readonly PolicyStatement[]) {
      const text = JSON.stringify(policyOf(...statements));
      return await world.access().writePolicy(world.target, { repository, text }, signal());
    }

    async function shown(): Promise<unknown> {
      const read = await world.access().readPolicy(world.target, repository, signal());
      return read.kind === 'read' && read.text !== undefined ? normal(JSON.parse(read.text)) : read;
    }

    it.each([
      ['an account', pullBy('333344445555')],
      [
        'an organization',
        { ...theirs, Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-a1b2c3d4e5'] } } },
      ],
      [
        "another account's Lambda functions",
        {
          ...theirs,
          Principal: { Service: 'lambda.amazonaws.com' },
          Condition: { StringLike: { 'aws:sourceArn': ['arn:aws:lambda:eu-west-1:333344445555:function:*'] } },
        },
      ],
    ] as const)('takes %s', async (_, statement) => {
      expect(await write(statement)).toEqual({ kind: 'written' });
      expect(await shown()).toEqual(normal(policyOf(statement)));
    });

    it('takes a role that exists, of any account', async () => {
      const AWS = await world.makeRole('333344445555', 'deployer');

      expect(await write({ ...theirs, Principal: { AWS } })).toEqual({ kind: 'written' });
      expect(await shown()).toEqual(normal(policyOf({ ...theirs, Principal: { AWS } })));
    });

    it('answers policy-refused to a role that does not exist, and leaves what is there', async () => {
      const gone = { ...theirs, Sid: 'Gone', Principal: { AWS: 'arn:aws:iam::333344445555:role/gone' } };

      expect(await write(theirs, gone)).toEqual({ kind: 'policy-refused', detail: notFound });
      expect(await shown()).toEqual(normal(policyOf(theirs)));
    });

    it('takes the same document as soon as the role exists', async () => {
      const statement = { ...theirs, Principal: { AWS: 'arn:aws:iam::333344445555:role/deployer' } };
      const before = await write(statement);
      await world.makeRole('333344445555', 'deployer');

      expect([before.kind, (await write(statement)).kind]).toEqual(['policy-refused', 'written']);
    });

    it('shows a role that was deleted by an id, which no document may name', async () => {
      const AWS = await world.makeRole('333344445555', 'deployer');
      await write({ ...theirs, Principal: { AWS } });
      await world.deleteRole(AWS);

      const [statement] = ((await shown()) as ReturnType<typeof policyOf>).Statement;

      expect(statement).toMatchObject({
        Sid: theirs.Sid,
        Principal: { AWS: [expect.stringMatching(/^AROA[A-Z0-9]+$/)] },
      });
      expect(await write(statement ?? theirs)).toEqual({ kind: 'policy-refused', detail: notFound });
    });

    it.each([
      ['a resource', { Resource: '*' }],
      ['an action that no repository knows', { Action: ['ecr:GetAuthorizationToken'] }],
    ])('answers policy-refused to a statement with %s', async (_, part) => {
      expect(await write({ ...theirs, ...part })).toMatchObject({
        kind: 'policy-refused',
        detail: expect.stringContaining('Invalid repository policy provided'),
      });
    });

    it('takes a document of 10,240 characters, and none that is longer', async () => {
      const long = (length: number): PolicyStatement => {
        const rest = JSON.stringify(policyOf({ ...theirs, Sid: '' })).length;
        return { ...theirs, Sid: 'x'.repeat(length - rest) };
      };

      expect(await write(long(10_240))).toEqual({ kind: 'written' });
      expect(await write(long(10_241))).toMatchObject({ kind: 'policy-refused' });
    });
  });
}
