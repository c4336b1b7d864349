import { afterEach, describe, expect, it } from 'vitest';
import { gitBlobId } from '../../src/flux-bootstrap/git-blob-id.ts';
import type { FileChange } from '../../src/ports/git-host.ts';
import type { ScriptedReply } from '../support/scripted-server.ts';
import { branchAnswer, never, repository, type ScriptedGitea, startScriptedGitea } from './gitea-server.ts';

const base = '/repos/acme/infrastructure';
const created: ScriptedReply = { status: 201, body: { commit: { sha: 'd00d' }, files: [] } };
const newFile: FileChange = { path: 'flux/a.yaml', content: 'a' };
let gitea: ScriptedGitea;

afterEach(() => gitea.close());

function commit(changes: readonly FileChange[]): Promise<{ kind: string; detail?: string }> {
  return gitea.host.commitFiles(repository, { branch: 'main', message: 'Message', changes }, never);
}

function posts(): unknown[] {
  return gitea.requests.filter((request) => request.method === 'POST').map((request) => request.body);
}

describe('a commit to Gitea', () => {
  it('creates what is new and updates what was read, under our name', async () => {
    gitea = await startScriptedGitea({
      [`GET ${base}/branches/main`]: branchAnswer(),
      [`POST ${base}/contents`]: created,
    });

    const outcome = await commit([newFile, { path: 'b', content: 'ü', replacesBlob: 'beef' }]);

    expect(outcome).toEqual({ kind: 'committed', commit: 'd00d' });
    expect(posts()).toEqual([
      {
        branch: 'main',
        message: 'Message',
        author: { name: 'Fleet API' },
        committer: { name: 'Fleet API' },
        files: [
          { operation: 'create', path: 'flux/a.yaml', content: 'YQ==' },
          { operation: 'update', path: 'b', content: 'w7w=', sha: 'beef' },
        ],
      },
    ]);
  });

  it('leaves out what would change nothing, and is not made at all of nothing', async () => {
    gitea = await startScriptedGitea({
      [`GET ${base}/branches/main`]: branchAnswer(),
      [`POST ${base}/contents`]: created,
    });
    const same = { path: 'same', content: 's', replacesBlob: gitBlobId('s') };

    const nothing = await commit([same]);
    await commit([same, newFile]);

    expect(nothing).toEqual({ kind: 'committed', commit: 'c0ffee' });
    expect(posts()).toMatchObject([{ files: [{ path: 'flux/a.yaml' }] }]);
  });

  it('is not made when nobody wants it any more', async () => {
    gitea = await startScriptedGitea({ [`GET ${base}/branches/main`]: branchAnswer() });
    const isStillWanted = async (): Promise<boolean> => false;
    const request = { branch: 'main', message: 'Message', changes: [newFile], isStillWanted };

    expect(await gitea.host.commitFiles(repository, request, never)).toEqual({ kind: 'called-off' });
    expect(posts()).toEqual([]);
  });

  const refusals = [
    { status: 422, message: 'sha does not match [given: a, expected: b]', kind: 'conflict' },
    { status: 422, message: 'repository file already exists [path: a]', kind: 'conflict' },
    { status: 404, message: 'object does not exist [id: , rel_path: a]', kind: 'conflict' },
    { status: 403, message: "cannot lock ref 'refs/heads/main': is at X but expected Y", kind: 'conflict' },
    { status: 403, message: 'push is rejected', kind: 'conflict' },
    { status: 403, message: 'path is protected and can not be changed [path: a]', kind: 'branch-protected' },
    { status: 403, message: 'Company policy: no commits on Fridays', kind: 'branch-protected' },
    { status: 403, message: 'user should have a permission to write to the target branch', kind: 'push-not-allowed' },
    { status: 403, message: 'token does not have at least one of required scope(s)', kind: 'push-not-allowed' },
    { status: 423, message: 'repo archived', kind: 'push-not-allowed' },
  ];
  it.each(refusals)('is "$kind" after $status $message', async ({ status, message, kind }) => {
    gitea = await startScriptedGitea({
      [`GET ${base}/branches/main`]: branchAnswer(),
      [`POST ${base}/contents`]: { status, body: { message } },
    });

    expect(await commit([newFile])).toEqual({ kind, detail: message });
    expect(posts()).toHaveLength(1);
  });

  it.each([
    { branch: { protected: true, user_can_push: false }, kind: 'branch-protected' },
    { branch: { protected: true, user_can_push: true }, kind: 'branch-protected' },
    { branch: { protected: false, user_can_push: false }, kind: 'push-not-allowed' },
  ])('is "$kind" after a 403 that leaves it open, where the branch says $branch', async ({ branch, kind }) => {
    gitea = await startScriptedGitea({
      [`GET ${base}/branches/main`]: branchAnswer(branch),
      [`POST ${base}/contents`]: { status: 403, body: { message: 'user cannot commit to repo [user: fleet-api]' } },
    });

    expect((await commit([newFile])).kind).toBe(kind);
  });

  it('is in conflict when Gitea fails because the branch moved between its clone and its push', async () => {
    const heads = ['before', 'after'];
    gitea = await startScriptedGitea({
      [`GET ${base}/branches/main`]: () => branchAnswer({ head: heads.shift() ?? '' }),
      [`POST ${base}/contents`]: { status: 500, body: { message: '' } },
    });

    expect(await commit([newFile])).toMatchObject({ kind: 'conflict' });
  });

  it('has failed when Gitea fails and the branch has not moved', async () => {
    gitea = await startScriptedGitea({
      [`GET ${base}/branches/main`]: branchAnswer(),
      [`POST ${base}/contents`]: { status: 500, body: { message: '' } },
    });

    await expect(commit([newFile])).rejects.toMatchObject({ failure: 'server-error', retryable: true });
  });

  it('is not sent twice when its answer is lost', async () => {
    gitea = await startScriptedGitea({
      [`GET ${base}/branches/main`]: branchAnswer(),
      [`POST ${base}/contents`]: 'cut',
    });

    await expect(commit([newFile])).rejects.toMatchObject({ failure: 'unreachable', retryable: true });
    expect(posts()).toHaveLength(1);
  });

  it('that no rule of ours explains is an error', async () => {
    gitea = await startScriptedGitea({
      [`GET ${base}/branches/main`]: branchAnswer(),
      [`POST ${base}/contents`]: { status: 422, body: { message: 'path is invalid [path: .git/x]' } },
    });

    await expect(commit([newFile])).rejects.toMatchObject({ failure: 'rejected', status: 422 });
  });
});

describe('the last commit to a path', () => {
  it('is asked for by the full name of the branch', async () => {
    gitea = await startScriptedGitea({
      [`GET ${base}/commits`]: {
        body: [
          { sha: 'abc', commit: { message: 'Message\n' } },
          { sha: 'old', commit: { message: '' } },
        ],
      },
    });

    const last = await gitea.host.lastCommit(repository, { branch: 'main', path: 'flux/a b' }, never);

    expect(last).toEqual({ commit: 'abc', message: 'Message\n' });
    const query = new URLSearchParams(gitea.requests[0]?.path.split('?')[1]);
    expect(Object.fromEntries(query)).toMatchObject({
      sha: 'refs/heads/main',
      path: 'flux/a b',
      limit: '1',
      files: 'false',
    });
  });

  it.each([404, 409])('is none after %d', async (status) => {
    gitea = await startScriptedGitea({ [`GET ${base}/commits`]: { status, body: { message: 'FileCommitsCount' } } });

    expect(await gitea.host.lastCommit(repository, { branch: 'main', path: 'a' }, never)).toBeUndefined();
  });
});
