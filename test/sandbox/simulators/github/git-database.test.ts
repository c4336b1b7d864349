import { describe, expect, it } from 'vitest';
import { createGitHub, pushFile, repository } from './github-fixture.ts';

const path = `/repos/${repository.owner}/${repository.name}`;

describe('trees', () => {
  it('take files over from base_tree, replace, add and delete', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    const head = world.headOf(repository);

    const made = await ask(`POST ${path}/git/trees`, {
      token,
      body: {
        base_tree: head,
        tree: [
          { path: 'flux/apps/a.yaml', mode: '100644', type: 'blob', sha: null },
          { path: 'flux/b.yaml', mode: '100644', type: 'blob', content: 'b\n' },
          { path: 'README.md', mode: '100755', type: 'blob', content: 'new\n' },
        ],
      },
    });
    const listed = await ask(`GET ${path}/git/trees/${made.body.sha}?recursive=1`, { token });

    expect(made.status).toBe(201);
    expect(listed.body.tree.map((entry: { path: string; mode: string }) => `${entry.mode} ${entry.path}`)).toEqual([
      '100755 README.md',
      '040000 flux',
      '100644 flux/b.yaml',
    ]);
    expect(listed.body.truncated).toBe(false);
    expect(world.headOf(repository)).toBe(head);
  });

  it('put a folder in the place of a file, and a file in the place of a folder', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    const entry = (at: string) => ({ path: at, mode: '100644', type: 'blob', content: 'x' });

    const made = await ask(`POST ${path}/git/trees`, {
      token,
      body: { base_tree: world.headOf(repository), tree: [entry('README.md/inside'), entry('flux')] },
    });
    const listed = await ask(`GET ${path}/git/trees/${made.body.sha}?recursive=1`, { token });

    expect(listed.body.tree.map((one: { path: string }) => one.path)).toEqual([
      'README.md',
      'README.md/inside',
      'flux',
    ]);
  });

  it.each([
    { what: 'a path that leaves the repository', entry: { path: '../a', content: '' } },
    { what: "a path into Git's own folder", entry: { path: 'a/.git/config', content: '' } },
    { what: 'a file to delete that is not there', entry: { path: 'nothing', sha: null } },
    { what: 'a blob that nobody has written', entry: { path: 'a', sha: '1'.repeat(40) } },
    { what: 'neither content nor blob', entry: { path: 'a' } },
  ])('refuse $what', async ({ entry }) => {
    const { ask, mint, world } = createGitHub();

    const made = await ask(`POST ${path}/git/trees`, {
      token: await mint(),
      body: { base_tree: world.headOf(repository), tree: [{ mode: '100644', type: 'blob', ...entry }] },
    });

    expect(made.status).toBe(422);
  });

  it('are cut off at the limit, and say so', async () => {
    const { ask, mint, world } = createGitHub();
    world.treeLimit = 3;

    const listed = await ask(`GET ${path}/git/trees/${world.headOf(repository)}?recursive=1`, { token: await mint() });

    expect(listed.body).toMatchObject({ truncated: true, tree: [{}, {}, {}] });
  });

  it('and blobs come back as they were written', async () => {
    const { ask, mint } = createGitHub();
    const token = await mint();
    const content = Buffer.from([0, 255, 10, 13]).toString('base64');

    const made = await ask(`POST ${path}/git/blobs`, { token, body: { content, encoding: 'base64' } });
    const read = await ask(`GET ${path}/git/blobs/${made.body.sha}`, { token });
    const missing = await ask(`GET ${path}/git/blobs/${'1'.repeat(40)}`, { token });

    expect(read.body).toMatchObject({ encoding: 'base64', size: 4, content: `${content}\n` });
    expect(missing.status).toBe(404);
  });
});

describe('refs', () => {
  it('go forward only, and the history says what came', async () => {
    const { mint, world, ...github } = createGitHub();
    const token = await mint();
    const old = world.headOf(repository) ?? '';

    const pushed = await pushFile(github, { token, parent: old, path: 'x', content: '1' });
    const late = await pushFile(github, { token, parent: old, path: 'y', content: '2' });

    expect(pushed.status).toBe(200);
    expect(late).toMatchObject({ status: 422, body: { message: 'Update is not a fast forward' } });
    expect([world.fileAtHead(repository, 'x'), world.fileAtHead(repository, 'y')]).toEqual(['1', undefined]);
    expect(world.history.filter(({ action }) => action === 'github:UpdateRef')).toMatchObject([
      {
        target: 'skyscrapers/acme',
        by: expect.stringContaining('installation:'),
        detail: {
          ...{ ref: 'refs/heads/main', old, new: world.headOf(repository), isForced: false, changed: true },
          commits: [{ commit: world.headOf(repository), message: 'Change', changedPaths: ['x'] }],
        },
      },
    ]);
  });

  it('lose commits when forced, and the history says so', async () => {
    const { ask, mint, world } = createGitHub();
    const old = world.headOf(repository);
    world.commitByOther(repository, { files: { x: '1' } });

    const moved = await ask(`PATCH ${path}/git/refs/heads/main`, {
      token: await mint(),
      body: { sha: old, force: true },
    });

    expect(moved.status).toBe(200);
    expect(world.history.at(-1)).toMatchObject({ action: 'github:UpdateRef', detail: { isForced: true } });
  });

  it('are made, found, listed and deleted', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    const sha = world.headOf(repository);
    const body = { ref: 'refs/heads/release/1.x', sha };

    expect((await ask(`POST ${path}/git/refs`, { token, body })).status).toBe(201);
    expect((await ask(`POST ${path}/git/refs`, { token, body })).body.message).toBe('Reference already exists');
    expect((await ask(`GET ${path}/git/ref/heads/release/1.x`, { token })).body.object).toMatchObject({ sha });
    expect((await ask(`GET ${path}/git/ref/heads/release`, { token })).status).toBe(404);
    expect((await ask(`GET ${path}/git/matching-refs/heads/rel`, { token })).body).toHaveLength(1);
    expect((await ask(`GET ${path}/branches/release/1.x`, { token })).body.commit).toMatchObject({ sha });
    expect((await ask(`DELETE ${path}/git/refs/heads/release/1.x`, { token })).status).toBe(204);
    expect((await ask(`GET ${path}/branches/release/1.x`, { token })).body.message).toBe('Branch not found');
  });

  it('do not exist in an empty repository, and neither does anything else of Git', async () => {
    const { ask, mint, world } = createGitHub();
    world.createRepository({ owner: repository.owner, name: 'empty' });
    const token = await mint({ contents: 'write' }, ['empty']);

    const answers = await Promise.all(
      ['GET git/ref/heads/main', 'GET git/trees/main', 'GET commits', 'POST git/trees'].map((request) => {
        const [method = '', at = ''] = request.split(' ');
        return ask(`${method} /repos/${repository.owner}/empty/${at}`, { token });
      }),
    );

    expect(answers.map(({ status, body }) => [status, body.message])).toEqual(
      Array.from({ length: 4 }, () => [409, 'Git Repository is empty.']),
    );
  });
});

describe('commits', () => {
  it('are listed newest first, by path and page by page', async () => {
    const { ask, mint, world, clock } = createGitHub();
    const token = await mint();
    for (const [minute, file] of ['a', 'b', 'a'].entries()) {
      clock.now = new Date(clock.now.getTime() + minute * 60_000);
      world.commitByOther(repository, { files: { [`dir/${file}`]: String(minute) }, message: `${minute}` });
    }

    const all = await ask(`GET ${path}/commits?per_page=3`, { token });
    const next = await ask(`GET ${path}/commits?per_page=3&page=2`, { token });
    const ofA = await ask(`GET ${path}/commits?path=dir/a`, { token });

    const messages = (body: { commit: { message: string } }[]) => body.map(({ commit }) => commit.message);
    expect(messages(all.body)).toEqual(['2', '1', '0']);
    expect(all.headers.get('link')).toContain('page=2>; rel="next"');
    expect(messages(next.body)).toEqual(['Initial commit']);
    expect(next.headers.get('link')).not.toContain('rel="next"');
    expect(messages(ofA.body)).toEqual(['2', '0']);
  });

  it('of an App without an author are its own, and signed', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    const head = world.headOf(repository);
    const { tree } = (await ask(`GET ${path}/git/commits/${head}`, { token })).body;
    const body = { message: 'm', tree: tree.sha, parents: [head] };

    const own = await ask(`POST ${path}/git/commits`, { token, body });
    const named = await ask(`POST ${path}/git/commits`, {
      token,
      body: { ...body, author: { name: 'n', email: 'e' } },
    });

    expect(own.body).toMatchObject({ author: { name: 'fleet-api[bot]' }, verification: { verified: true } });
    expect(named.body).toMatchObject({ committer: { name: 'n' }, verification: { verified: false } });
  });
});

describe('names of commits', () => {
  it('are those of tags before those of branches, as Git has it', async () => {
    const { ask, mint, world } = createGitHub();
    world.createTag(repository, 'main');
    const tagged = world.headOf(repository);
    world.commitByOther(repository, { files: { x: '1' } });
    const token = await mint();

    const short = await ask(`GET ${path}/commits?sha=main`, { token });
    const whole = await ask(`GET ${path}/commits?sha=refs/heads/main`, { token });

    expect([short.body[0].sha, whole.body[0].sha]).toEqual([tagged, world.headOf(repository)]);
  });

  it('of a path leave out a merge that took it over from one side as it was', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    const base = world.headOf(repository);
    const { tree } = (await ask(`GET ${path}/git/commits/${base}`, { token })).body;
    const changed = world.commitByOther(repository, { files: { 'README.md': 'new' } });
    const after = (await ask(`GET ${path}/git/commits/${changed}`, { token })).body.tree;
    const commit = async (body: object) => (await ask(`POST ${path}/git/commits`, { token, body })).body.sha;
    const side = await commit({ message: 'side', tree: tree.sha, parents: [base] });
    const merge = await commit({ message: 'merge', tree: after.sha, parents: [changed, side] });

    const log = await ask(`GET ${path}/commits?sha=${merge}&path=README.md`, { token });

    expect(log.body.map((one: { sha: string }) => one.sha)).toEqual([changed, base]);
  });

  it('come a hundred a page at the most', async () => {
    const { ask, mint, world } = createGitHub();
    for (let count = 0; count < 101; count += 1) world.commitByOther(repository, { files: { x: String(count) } });

    const log = await ask(`GET ${path}/commits?per_page=1000`, { token: await mint() });

    expect(log.body).toHaveLength(100);
    expect(log.headers.get('link')).toContain('rel="next"');
  });
});

describe('repositories', () => {
  it('that were renamed redirect, and the redirect leads there', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    world.rename(repository, 'acme-2');

    const read = await ask(`GET ${path}/branches/main`, { token });
    const written = await ask(`POST ${path}/git/trees`, { token, body: {} });
    const followed = await ask(`GET ${new URL(read.headers.get('location') ?? '').pathname}`, { token });

    expect([read.status, written.status, followed.status]).toEqual([301, 307, 200]);
    world.createRepository({ ...repository, files: { a: 'a' } });
    // Somebody has the name again; our token is for the other one.
    expect((await ask(`GET ${path}`, { token })).status).toBe(404);
  });

  it('that are archived can be read only', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    world.archive(repository);

    const read = await ask(`GET ${path}`, { token });
    const written = await ask(`POST ${path}/git/trees`, { token, body: {} });

    expect(read.body).toMatchObject({ archived: true });
    expect(written).toMatchObject({ status: 403, body: { message: 'Repository was archived so is read-only.' } });
  });
});
