import { expect, it } from 'vitest';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { deployKeyTitle } from '../../src/deploy-keys/deploy-key-title.ts';
import { type Given, never, type Right } from './git-host-world.ts';

/** What the functions for deploy keys promise. */
export function deployKeys(given: Given, rights: readonly Right[]): void {
  const owner = { customer: 'acme', cluster: 'production' };

  it('adds a key that can only read, lists it without a comment and removes it', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });
    const { publicKey } = generateKeyPair();
    const title = deployKeyTitle(owner, publicKey);

    const added = await host.addDeployKey(repository, { title, publicKey: `${publicKey} with a comment` }, never);
    const listed = await host.listDeployKeys(repository, never);

    expect(added).toEqual({ kind: 'added', key: { id: expect.any(String), title, publicKey, isReadOnly: true } });
    expect(added).toEqual({ kind: 'added', key: listed[0] });
    await host.removeDeployKey(repository, listed[0]?.id ?? '', never);
    expect(await host.listDeployKeys(repository, never)).toEqual([]);
  });

  it('takes the removal of a key that has gone already for done', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });
    const { publicKey } = generateKeyPair();
    const added = await host.addDeployKey(repository, { title: deployKeyTitle(owner, publicKey), publicKey }, never);
    const id = added.kind === 'added' ? added.key.id : '';

    await host.removeDeployKey(repository, id, never);
    await host.removeDeployKey(repository, id, never);

    expect(await host.listDeployKeys(repository, never)).toEqual([]);
  });

  it('holds two keys of one cluster side by side', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });

    for (const { publicKey } of [generateKeyPair(), generateKeyPair()]) {
      await host.addDeployKey(repository, { title: deployKeyTitle(owner, publicKey), publicKey }, never);
    }

    expect(await host.listDeployKeys(repository, never)).toHaveLength(2);
  });

  it('lists all keys of a repository that has many', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });
    const keys = Array.from({ length: 53 }, () => generateKeyPair().publicKey);

    for (const publicKey of keys) {
      await host.addDeployKey(repository, { title: deployKeyTitle(owner, publicKey), publicKey }, never);
    }

    const listed = await host.listDeployKeys(repository, never);
    expect(listed.map((key) => key.publicKey).sort()).toEqual(keys.sort());
  });

  it('says that a key is in use: in this repository, or as the key of a user', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });
    const own = generateKeyPair().publicKey;
    const ofUser = generateKeyPair().publicKey;
    await host.addDeployKey(repository, { title: 'first', publicKey: own }, never);
    await world.addKeyOfUser(ofUser);

    const again = await host.addDeployKey(repository, { title: 'second', publicKey: own }, never);
    const users = await host.addDeployKey(repository, { title: 'third', publicKey: ofUser }, never);

    expect([again.kind, users.kind]).toEqual(['in-use', 'in-use']);
    expect(await host.listDeployKeys(repository, never)).toHaveLength(1);
  });

  it('does with a key of another repository as the host allows', async () => {
    const { world, host } = given();
    const repositories = [
      await world.createRepository({ files: { a: 'a' } }),
      await world.createRepository({ files: { a: 'a' } }),
    ];
    const { publicKey } = generateKeyPair();

    const kinds: string[] = [];
    for (const repository of repositories) {
      kinds.push((await host.addDeployKey(repository, { title: 'shared', publicKey }, never)).kind);
    }

    expect(kinds).toEqual(['added', world.sharesDeployKeys ? 'added' : 'in-use']);
    expect(host.sharesDeployKeys).toBe(world.sharesDeployKeys);
  });

  it.each(rights.filter((right) => right === 'write'))(
    'says so where we may not administer keys: %s',
    async (right) => {
      const { world, host } = given();
      const repository = await world.createRepository({ files: { a: 'a' }, right });

      const added = await host.addDeployKey(repository, { title: 't', publicKey: generateKeyPair().publicKey }, never);

      expect(added.kind).toBe('deploy-keys-disabled');
      await expect(host.listDeployKeys(repository, never)).rejects.toMatchObject({ failure: 'forbidden' });
    },
  );

  it('refuses what is no key', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });

    const adding = host.addDeployKey(repository, { title: 't', publicKey: 'ssh-ed25519 AAAA' }, never);

    await expect(adding).rejects.toMatchObject({ failure: 'rejected', status: 422 });
  });
}
