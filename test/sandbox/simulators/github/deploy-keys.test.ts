import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../../src/adapters/ssh-key-pairs.ts';
import { createGitHub, repository } from './github-fixture.ts';

const path = `/repos/${repository.owner}/${repository.name}/keys`;

describe('deploy keys', () => {
  it('are added, listed without their comment, read and removed', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    const { publicKey } = generateKeyPair();

    const added = await ask(`POST ${path}`, {
      token,
      body: { title: 'flux', key: `${publicKey} somebody@host`, read_only: true },
    });
    const listed = await ask(`GET ${path}`, { token });

    expect(added).toMatchObject({ status: 201, body: { key: publicKey, title: 'flux', read_only: true } });
    expect(listed.body).toEqual([added.body]);
    expect((await ask(`DELETE ${path}/${added.body.id}`, { token })).status).toBe(204);
    expect((await ask(`DELETE ${path}/${added.body.id}`, { token })).status).toBe(404);
    expect((await ask(`GET ${path}/${added.body.id}`, { token })).status).toBe(404);
    expect(world.history.slice(-2)).toMatchObject([
      {
        action: 'github:CreateDeployKey',
        detail: { title: 'flux', fingerprint: expect.stringMatching(/^SHA256:/), isReadOnly: true },
      },
      { action: 'github:DeleteDeployKey', detail: { keyId: String(added.body.id) } },
    ]);
  });

  it('can write unless said otherwise', async () => {
    const { ask, mint } = createGitHub();

    const added = await ask(`POST ${path}`, { token: await mint(), body: { key: generateKeyPair().publicKey } });

    expect(added.body).toMatchObject({ read_only: false });
  });

  it('are in use wherever the key is known already', async () => {
    const { ask, mint, world } = createGitHub();
    const [elsewhere, ofUser] = [generateKeyPair().publicKey, generateKeyPair().publicKey];
    world.createOwner('other');
    world.createRepository({ owner: 'other', name: 'r' });
    world.addDeployKey({ owner: 'other', name: 'r' }, { title: 't', key: elsewhere, isReadOnly: true });
    world.createOwner('person', { kind: 'User' });
    world.addUserKey('person', ofUser);
    const token = await mint();

    for (const key of [elsewhere, `${ofUser} with comment`]) {
      const added = await ask(`POST ${path}`, { token, body: { title: 't', key } });
      expect(added).toMatchObject({
        status: 422,
        body: { errors: [{ resource: 'PublicKey', code: 'custom', field: 'key', message: 'key is already in use' }] },
      });
    }
  });

  it('cannot become the key of a user', async () => {
    const { ask, world } = createGitHub();
    const { publicKey } = generateKeyPair();
    world.addDeployKey(repository, { title: 't', key: publicKey, isReadOnly: true });
    world.createOwner('person', { kind: 'User' });

    const added = await ask('POST /user/keys', {
      token: world.createPersonalToken('person'),
      body: { key: publicKey },
    });

    expect(added.body.errors[0].message).toBe('key is already in use');
  });

  it.each(['ssh-ed25519 AAAA', 'nonsense', 'ssh-ed25519 !', `ssh-rsa ${generateKeyPair().publicKey.slice(12)}`])(
    'are no keys: %s',
    async (key) => {
      const { ask, mint } = createGitHub();

      const added = await ask(`POST ${path}`, { token: await mint(), body: { title: 't', key } });

      expect(added.body.errors[0].message).toContain('key is invalid');
    },
  );

  it('are refused where the organization has switched them off', async () => {
    const { ask, mint, world } = createGitHub();
    world.allowDeployKeys(repository.owner, false);

    const added = await ask(`POST ${path}`, {
      token: await mint(),
      body: { title: 't', key: generateKeyPair().publicKey },
    });

    expect(added.body.errors[0].message).toBe('Deploy keys are disabled for this repository');
  });
});

describe('SSH', () => {
  function connect() {
    const { world, ...github } = createGitHub();
    const pair = generateKeyPair();
    const key = world.addDeployKey(repository, { title: 't', key: pair.publicKey, isReadOnly: true });
    const fetch = (change: object = {}) =>
      world.sshAccess().fetch({
        ...{ url: 'ssh://git@github.test/skyscrapers/acme.git', branch: 'main', privateKeyPem: pair.privateKeyPem },
        knownHosts: `# pinned\ngithub.test ${world.hostKey}\n`,
        ...change,
      });
    return { ...github, world, fetch, key };
  }

  it('gives the whole tree at the head to a registered key', () => {
    const { world, fetch } = connect();

    expect(fetch()).toEqual({
      kind: 'fetched',
      commit: world.headOf(repository),
      files: new Map([
        ['README.md', 'hello\n'],
        ['flux/apps/a.yaml', 'a: 1\n'],
      ]),
    });
  });

  it("reads OpenSSH's own form of a private key", () => {
    const { world, fetch } = connect();
    const { privateKey } = generateKeyPairSync('ed25519');
    const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
    const [publicBytes, seed] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')];
    const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
    const wire = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(publicBytes)]);
    const section = Buffer.concat([
      ...[Buffer.from([1, 2, 3, 4, 1, 2, 3, 4]), wire, field(Buffer.concat([seed, publicBytes]))],
      ...[field(Buffer.alloc(0)), Buffer.from([1, 2, 3])],
    ]);
    const none = field(Buffer.from('none'));
    const whole = [Buffer.from('openssh-key-v1\0'), none, none, field(Buffer.alloc(0)), Buffer.from([0, 0, 0, 1])];
    const text = Buffer.concat([...whole, field(wire), field(section)]).toString('base64');
    const publicKey = `ssh-ed25519 ${wire.toString('base64')}`;
    world.addDeployKey(repository, { title: 'OpenSSH', key: publicKey, isReadOnly: true });

    const fetched = fetch({
      privateKeyPem: `-----BEGIN OPENSSH PRIVATE KEY-----\n${text}\n-----END OPENSSH PRIVATE KEY-----\n`,
    });

    expect(fetched.kind).toBe('fetched');
  });

  const other = generateKeyPair();
  it.each([
    {
      what: 'another host key',
      change: { knownHosts: `github.test ${other.publicKey}` },
      words: 'ssh: handshake failed: knownhosts: key mismatch',
    },
    {
      what: 'a host that is not listed',
      change: { knownHosts: '' },
      words: 'ssh: handshake failed: knownhosts: key is unknown',
    },
    {
      what: 'a port that is not listed',
      change: { url: 'ssh://git@github.test:2222/skyscrapers/acme' },
      words: 'knownhosts: key is unknown',
    },
    {
      what: 'a key that nobody has registered',
      change: { privateKeyPem: other.privateKeyPem },
      words: 'ssh: unable to authenticate, attempted methods [none publickey]',
    },
    { what: 'no private key at all', change: { privateKeyPem: other.publicKey }, words: 'ssh: no key found' },
    {
      what: 'a repository that is not there',
      change: { url: 'ssh://git@github.test/skyscrapers/none' },
      words: 'repository not found',
    },
    {
      what: 'a branch that is not there',
      change: { branch: 'none' },
      words: `couldn't find remote ref "refs/heads/none"`,
    },
  ])('refuses over $what', ({ change, words }) => {
    const { fetch } = connect();

    expect(fetch(change)).toEqual({ kind: 'refused', message: expect.stringContaining(words) });
  });

  it("refuses another repository's key, and one whose registration has gone", () => {
    const { world, fetch, key } = connect();
    world.createRepository({ ...repository, name: 'other', files: { a: 'a' } });

    const elsewhere = fetch({ url: 'ssh://git@github.test/skyscrapers/other.git' });
    world.removeDeployKey(repository, key.id);
    const removed = fetch();

    expect(elsewhere).toEqual({ kind: 'refused', message: 'repository not found' });
    expect(removed).toMatchObject({ kind: 'refused', message: expect.stringContaining('unable to authenticate') });
  });

  it('refuses a registered key once the organization has switched deploy keys off', () => {
    const { world, fetch } = connect();
    world.allowDeployKeys(repository.owner, false);

    expect(fetch()).toEqual({ kind: 'refused', message: 'repository not found' });
  });

  it('knows a host by its port, by a pattern and by its digest, but not when it is revoked', () => {
    const { world, fetch } = connect();
    const url = 'ssh://git@github.test:2222/skyscrapers/acme';
    // printf '[github.test]:2222' | openssl dgst -sha1 -mac HMAC -macopt hexkey:00…00 -binary | base64
    const digest = '|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|1Axblr4L0tp/6NofZxfepVkIgaA=';

    const kinds = [
      `[github.test]:2222 ${world.hostKey}`,
      `[*.test]:2222 ${world.hostKey}`,
      `${digest} ${world.hostKey}`,
    ].map((knownHosts) => fetch({ url, knownHosts }).kind);
    const revoked = fetch({ knownHosts: `@revoked * ${world.hostKey}\ngithub.test ${world.hostKey}` });

    expect(kinds).toEqual(['fetched', 'fetched', 'fetched']);
    expect(revoked).toMatchObject({ message: 'ssh: handshake failed: knownhosts: key is revoked' });
  });
});
