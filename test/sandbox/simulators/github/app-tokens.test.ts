import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createGitHub, jwt, repository } from './github-fixture.ts';

const path = `/repos/${repository.owner}/${repository.name}`;

describe('JSON web tokens of an App', () => {
  it('are taken from a minute ago to ten minutes ahead', async () => {
    const { ask, clock } = createGitHub();

    const app = await ask('GET /app', { token: jwt(clock.now) });

    expect(app).toMatchObject({ status: 200, body: { id: 77, slug: 'fleet-api' } });
  });

  const seconds = Date.parse('2026-11-24T12:00:00Z') / 1000;
  it.each([
    { what: 'issued in the future', claims: { iat: seconds + 1 }, words: `'Issued at' claim ('iat')` },
    { what: 'expired', claims: { exp: seconds }, words: `'Expiration time' claim ('exp') must be a numeric value` },
    { what: 'valid for too long', claims: { exp: seconds + 601 }, words: `('exp') is too far in the future` },
    { what: 'without a number', claims: { exp: 'soon' }, words: `('exp') must be a numeric value` },
  ])('are refused when $what', async ({ claims, words }) => {
    const { ask, clock } = createGitHub();

    const app = await ask('GET /app', { token: jwt(clock.now, claims) });

    expect(app).toMatchObject({ status: 401, body: { message: expect.stringContaining(words) } });
    // By which a caller may correct its clock.
    expect(app.headers.get('date')).toBe('Tue, 24 Nov 2026 12:00:00 GMT');
  });

  it('are refused when another key signed them, or another App', async () => {
    const { ask, clock } = createGitHub();
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

    const forged = await ask('GET /app', { token: jwt(clock.now, {}, other) });
    const unknown = await ask('GET /app', { token: jwt(clock.now, { iss: '78' }) });

    expect(forged).toMatchObject({ status: 401, body: { message: 'A JSON web token could not be decoded' } });
    expect(unknown).toMatchObject({ status: 404, body: { message: 'Integration not found' } });
  });

  it('find the installation of a repository, and none where there is none', async () => {
    const { world, ask, clock, installation } = createGitHub();
    world.createOwner('stranger');
    world.createRepository({ owner: 'stranger', name: 'own' });
    const token = jwt(clock.now);

    const found = await ask(`GET ${path}/installation`, { token });
    const missing = await ask('GET /repos/stranger/own/installation', { token });

    expect(found.body).toMatchObject({ id: installation, suspended_at: null, permissions: { contents: 'write' } });
    expect(missing.status).toBe(404);
  });
});

describe('installation tokens', () => {
  it('are refused without exactly one repository and explicit permissions', async () => {
    const { ask, clock, installation, world } = createGitHub();
    world.createRepository({ ...repository, name: 'other' });
    const mint = async (body: object) =>
      (await ask(`POST /app/installations/${installation}/access_tokens`, { token: jwt(clock.now), body })).status;
    const permissions = { contents: 'read' };

    expect(await mint({})).toBe(422);
    expect(await mint({ permissions })).toBe(422);
    expect(await mint({ repositories: ['acme'] })).toBe(422);
    expect(await mint({ repositories: ['acme'], permissions: {} })).toBe(422);
    expect(await mint({ repositories: ['acme', 'other'], permissions })).toBe(422);
    expect(await mint({ repositories: ['acme'], permissions })).toBe(201);

    world.isStrictAboutTokens = false;
    expect(await mint({})).toBe(201);
  });

  it('never reach beyond the installation', async () => {
    const { ask, clock, installation, world } = createGitHub();
    world.createOwner('stranger');
    world.createRepository({ owner: 'stranger', name: 'theirs' });
    const mint = async (repositories: string[], permissions: object) =>
      ask(`POST /app/installations/${installation}/access_tokens`, {
        token: jwt(clock.now),
        body: { repositories, permissions },
      });

    expect((await mint(['acme'], { contents: 'write', issues: 'read' })).body.message).toBe(
      'The permissions requested are not granted to this installation.',
    );
    expect((await mint(['theirs'], { contents: 'read' })).status).toBe(422);

    world.createRepository({ ...repository, name: 'unselected' });
    world.changeInstallation(installation, { repositories: ['acme'] });
    expect((await mint(['acme'], { contents: 'read' })).status).toBe(201);
    expect((await mint(['unselected'], { contents: 'read' })).body.message).toContain('not accessible');
    const theirs = [...world.state.repositories.values()].find(({ owner }) => owner === 'stranger')?.id;
    const byId = await ask(`POST /app/installations/${installation}/access_tokens`, {
      token: jwt(clock.now),
      body: { repository_ids: [theirs], permissions: { contents: 'read' } },
    });
    expect(byId.status).toBe(422);
  });

  it('live for an hour by the clock of the world, or until they are revoked', async () => {
    const { ask, mint, clock } = createGitHub();
    const [first, second] = [await mint(), await mint()];

    expect((await ask(`GET ${path}`, { token: first })).status).toBe(200);
    expect((await ask('DELETE /installation/token', { token: first })).status).toBe(204);
    expect((await ask(`GET ${path}`, { token: first })).body.message).toBe('Bad credentials');
    clock.now = new Date(clock.now.getTime() + 3_599_000);
    expect((await ask(`GET ${path}`, { token: second })).status).toBe(200);
    clock.now = new Date(clock.now.getTime() + 1000);
    expect((await ask(`GET ${path}`, { token: second })).status).toBe(401);
  });

  it('do what their permissions say, in their repository', async () => {
    const { ask, mint, world } = createGitHub();
    world.createRepository({ ...repository, name: 'other', files: { a: 'a' } });
    const token = await mint({ contents: 'read' });

    const refused = await ask(`GET ${path}/keys`, { token });
    const written = await ask(`POST ${path}/git/trees`, { token, body: { tree: [] } });
    const elsewhere = await ask(`GET /repos/${repository.owner}/other`, { token });

    expect(refused).toMatchObject({ status: 403, body: { message: 'Resource not accessible by integration' } });
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('administration=read');
    expect(written.headers.get('x-accepted-github-permissions')).toBe('contents=write');
    expect(elsewhere.status).toBe(404);
  });

  it('stop with the installation: suspended, reduced or gone', async () => {
    const { ask, mint, world, installation, clock } = createGitHub();
    const token = await mint();

    world.changeInstallation(installation, { permissions: { contents: 'read' } });
    const reduced = await ask(`GET ${path}/keys`, { token });
    world.changeInstallation(installation, { isSuspended: true });
    const suspended = await ask(`GET ${path}`, { token });
    const minted = await ask(`POST /app/installations/${installation}/access_tokens`, {
      token: jwt(clock.now),
      body: { repositories: ['acme'], permissions: { contents: 'read' } },
    });
    world.uninstallApp(installation);
    const gone = await ask(`GET ${path}`, { token });

    expect([reduced.status, suspended.status, gone.status]).toEqual([403, 403, 401]);
    expect(minted).toMatchObject({ status: 403, body: { message: 'This installation has been suspended' } });
  });

  it('stand in the history by what they may do, and never themselves', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint({ contents: 'read' });
    await ask('DELETE /installation/token', { token });

    const tokens = world.history.filter(({ action }) => action.endsWith('InstallationToken'));

    expect(tokens.map(({ action }) => action)).toEqual([
      'github:CreateInstallationToken',
      'github:RevokeInstallationToken',
    ]);
    expect(tokens[0]).toMatchObject({
      by: 'app:77',
      detail: { repositories: ['skyscrapers/acme'], permissions: { contents: 'read', metadata: 'read' } },
    });
    expect(tokens[0]?.detail['tokenId']).toBe(tokens[1]?.detail['tokenId']);
    expect(JSON.stringify([world.history, world.snapshot()])).not.toContain(token);
  });
});
