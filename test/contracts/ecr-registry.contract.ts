/**
 * What the way into a customer's registry promises (src/ports/ecr-registry.ts). A real part serves a part of it:
 *
 * | promises on          | in                    | simulators | moto 5.2.5                                                 |
 * |----------------------|-----------------------|------------|------------------------------------------------------------|
 * | repositories, policies | ecrRegistryContract | yes        | yes                                                        |
 * | long lists           | ecrPagesContract      | yes        | no: it gives all repositories at once                      |
 * | whom a policy names  | ecrPrincipalsContract | yes        | no: it does not ask whether a principal exists             |
 * | who may enter        | ecrRightsContract     | yes        | no: it gives every role to everybody, and allows all calls |
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EcrRegistryAccess, ReadPolicy } from '../../src/ports/ecr-registry.ts';
import { type EcrWorld, normal, type PolicyDocument, policyOf, pullBy, signal } from './ecr-registry-world.ts';

export { ecrPagesContract } from './ecr-registry-pages.ts';
export { ecrPrincipalsContract } from './ecr-registry-principals.ts';
export { ecrRightsContract } from './ecr-registry-rights.ts';

const repository = 'team/app';
const theirs = pullBy('222233334444', 'Theirs');

export function ecrRegistryContract(name: string, makeWorld: () => Promise<EcrWorld>): void {
  describe(`ECR registry, repositories and their policies: ${name}`, () => {
    let world: EcrWorld;
    beforeEach(async () => {
      world = await makeWorld();
      await world.makeRepository(repository);
    });
    afterEach(() => world.close());

    listingContract(() => world);
    readingContract(() => world);
    writingContract(() => world);
    deletingContract(() => world);
  });
}

function listingContract(getWorld: () => EcrWorld): void {
  it('lists the repositories of the region', async () => {
    const world = getWorld();
    await world.makeRepository('app2');

    const listed = await world.access().listRepositories(world.target, undefined, signal());
    const elsewhere = { ...world.target, region: 'us-east-1' };

    expect(listed).toMatchObject({ kind: 'listed', next: undefined });
    expect(new Set(listed.kind === 'listed' ? listed.repositories : [])).toEqual(
      new Set([repository, 'app2'].map((one) => ({ name: one, arn: arnOf(world, one), kmsKeyArn: undefined }))),
    );
    expect(await world.access().listRepositories(elsewhere, undefined, signal())).toMatchObject({ repositories: [] });
  });

  it('names the key of a repository that is encrypted with one', async () => {
    const world = getWorld();
    const kmsKeyArn = `arn:aws:kms:${world.target.region}:${world.target.accountId}:key/0a1b2c3d`;
    await world.makeRepository('locked', { kmsKeyArn });

    const listed = await world.access().listRepositories(world.target, undefined, signal());

    expect(listed).toMatchObject({
      repositories: expect.arrayContaining([{ name: 'locked', arn: arnOf(world, 'locked'), kmsKeyArn }]),
    });
  });
}

function readingContract(getWorld: () => EcrWorld): void {
  it('reads no text of a repository without a policy', async () => {
    const { access, target } = getWorld();

    expect(await access().readPolicy(target, repository, signal())).toEqual({ kind: 'read' });
  });

  it('reads what the owner has set, to its version, id and every statement', async () => {
    const world = getWorld();
    const document = { Version: '2008-10-17', Id: 'of theirs', Statement: [theirs, pullBy('333344445555', 'a b')] };
    await world.setPolicy(repository, document);

    expect(await textOf(world.access(), world)).toEqual(normal(document));
  });

  it.each([
    ['under an unknown name', { name: 'gone', change: {} }],
    ['in another region', { name: repository, change: { region: 'us-east-1' } }],
  ])('answers repository-missing %s, whatever is to be done', async (_, { name, change }) => {
    const world = getWorld();
    const target = { ...world.target, ...change };
    const text = JSON.stringify(policyOf(theirs));

    for (const answer of [
      await world.access().readPolicy(target, name, signal()),
      await world.access().writePolicy(target, { repository: name, text }, signal()),
      await world.access().deletePolicy(target, name, signal()),
    ]) {
      expect(answer).toEqual({ kind: 'repository-missing' });
    }
  });

  it('finds nothing of a repository that was made anew under its name', async () => {
    const world = getWorld();
    await world.setPolicy(repository, policyOf(theirs));
    await world.deleteRepository(repository);
    await world.makeRepository(repository);

    expect(await world.access().readPolicy(world.target, repository, signal())).toEqual({ kind: 'read' });
  });
}

function writingContract(getWorld: () => EcrWorld): void {
  it('writes a policy that the owner reads, and everybody else', async () => {
    const world = getWorld();
    const document = {
      Version: '2008-10-17',
      Id: 'of theirs',
      Statement: [theirs, pullBy('333344445555', 'FleetApi')],
    };

    const written = await write(world, document);

    expect(written).toEqual({ kind: 'written' });
    expect(normal((await world.policy(repository)) ?? policyOf())).toEqual(normal(document));
    expect(await textOf(world.access(), world)).toEqual(normal(document));
  });

  it('replaces the whole document', async () => {
    const world = getWorld();
    await world.setPolicy(repository, policyOf(theirs));

    await write(world, policyOf(pullBy('333344445555')));

    expect(await textOf(world.access(), world)).toEqual(normal(policyOf(pullBy('333344445555'))));
  });

  it('writes to the one repository only', async () => {
    const world = getWorld();
    await world.makeRepository('app2');

    await write(world, policyOf(theirs));

    expect(await world.policy('app2')).toBeUndefined();
  });

  it.each([
    ['no JSON', '{'],
    ['no document', '[]'],
    ['a statement with an effect that there is not', JSON.stringify(policyOf({ ...theirs, Effect: 'Perhaps' }))],
    ['no statement', JSON.stringify(policyOf())],
  ])('answers policy-refused with words of ECR to %s, and leaves what is there', async (_, text) => {
    const world = getWorld();
    await world.setPolicy(repository, policyOf(theirs));

    const written = await world.access().writePolicy(world.target, { repository, text }, signal());

    expect(written).toEqual({
      kind: 'policy-refused',
      detail: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    });
    expect(await textOf(world.access(), world)).toEqual(normal(policyOf(theirs)));
  });
}

function deletingContract(getWorld: () => EcrWorld): void {
  it('deletes a policy, and again', async () => {
    const world = getWorld();
    const { access, target } = world;
    await world.setPolicy(repository, policyOf(theirs));

    const first = await access().deletePolicy(target, repository, signal());
    const second = await access().deletePolicy(target, repository, signal());

    expect([first, second]).toEqual([{ kind: 'written' }, { kind: 'written' }]);
    expect(await world.policy(repository)).toBeUndefined();
    expect(await access().readPolicy(target, repository, signal())).toEqual({ kind: 'read' });
  });
}

function arnOf({ target: { region, accountId } }: EcrWorld, name: string): string {
  return `arn:aws:ecr:${region}:${accountId}:repository/${name}`;
}

async function write(world: EcrWorld, document: PolicyDocument) {
  const text = JSON.stringify(document);
  return await world.access().writePolicy(world.target, { repository, text }, signal());
}

async function textOf(access: EcrRegistryAccess, { target }: EcrWorld): Promise<PolicyDocument> {
  const read: ReadPolicy = await access.readPolicy(target, repository, signal());
  expect(read).toEqual({ kind: 'read', text: expect.any(String) });
  return normal(JSON.parse(read.kind === 'read' ? (read.text ?? '') : '') as PolicyDocument);
}
