import { describe, expect, it } from 'vitest';
import { gitBlobId } from '../../src/flux-bootstrap/git-blob-id.ts';
import type { CommitOutcome, FileChange } from '../../src/ports/git-host.ts';
import {
  base,
  type GitHubReply,
  type GitHubScript,
  installation,
  never,
  repository,
  type ScriptedGitHub,
  scriptedGitHub,
} from './github-server.ts';

const refRoute = `GET ${base}/git/ref/heads/main`;
const moveRoute = `PATCH ${base}/git/refs/heads/main`;
const contentRoutes = new Set([`POST ${base}/git/trees`, `POST ${base}/git/commits`, moveRoute]);
const newFile: FileChange = { path: 'flux/a.yaml', content: 'ä' };

interface Branch {
  head: string;
  /** Other heads that are shown first, one a read. */
  shown: string[];
  files: Record<string, string>;
  /** What moving the branch answers, one after another; then it works. */
  moves: (() => GitHubReply)[];
}

/** A repository whose branch moves as GitHub's do: only forward from the commit that a new one names as its parent. */
function givenBranch(fields: Partial<Branch> = {}, more: GitHubScript = {}) {
  const branch: Branch = { head: 'c0', shown: [], files: { keep: 'k' }, moves: [], ...fields };
  const parents = new Map<string, string>();
  const tree = () => ({
    body: {
      truncated: false,
      tree: Object.entries(branch.files).map(([path, content]) => ({ path, type: 'blob', sha: gitBlobId(content) })),
    },
  });
  const headAnswer = (sha: string) => ({ body: { ref: 'refs/heads/main', object: { type: 'commit', sha } } });
  const github = scriptedGitHub({
    [refRoute]: () => headAnswer(branch.shown.shift() ?? branch.head),
    ...Object.fromEntries(
      ['c0', 'c1', 'c2', 'c3', 'c4', 'other'].flatMap((sha) => [
        [`GET ${base}/git/trees/${sha}`, tree],
        [`GET ${base}/git/commits/${sha}`, { body: { tree: { sha: `tree-of-${sha}` } } }],
      ]),
    ),
    [`GET ${base}/commits`]: ({ query }) => ({
      body: query.get('sha') === 'other' ? [{ sha: 'other' }, { sha: 'new-1' }] : [{ sha: 'c0' }],
    }),
    [`POST ${base}/git/trees`]: { status: 201, body: { sha: 'tree' } },
    [`POST ${base}/git/commits`]: ({ body }) => {
      const sha = `new-${parents.size + 1}`;
      parents.set(sha, (body as { parents: string[] }).parents[0] ?? '');
      return { status: 201, body: { sha } };
    },
    [moveRoute]: ({ body }) => {
      const { sha } = body as { sha: string };
      const told = branch.moves.shift();
      if (told) return told();
      if (parents.get(sha) !== branch.head) return { status: 422, body: { message: 'Update is not a fast forward' } };
      branch.head = sha;
      return headAnswer(sha);
    },
    ...more,
  });
  return { branch, github };
}

function commit(github: ScriptedGitHub, changes: readonly FileChange[] = [newFile]): Promise<CommitOutcome> {
  return github.host.commitFiles(
    repository,
    { branch: 'main', message: 'Message\n\nFleet-Operation: op-1', changes },
    never,
  );
}

function sentContent({ requests }: ScriptedGitHub): unknown[] {
  return requests.filter(({ route }) => contentRoutes.has(route)).map(({ body }) => body);
}

describe('a commit to GitHub', () => {
  it('is a tree on the tree that was read, a commit without an author, and a fast-forward', async () => {
    const { github } = givenBranch();

    const outcome = await commit(github, [newFile, { path: 'keep', content: 'new', replacesBlob: gitBlobId('k') }]);

    expect(outcome).toEqual({ kind: 'committed', commit: 'new-1' });
    expect(sentContent(github)).toEqual([
      {
        base_tree: 'tree-of-c0',
        tree: [
          { path: 'flux/a.yaml', mode: '100644', type: 'blob', content: 'ä' },
          { path: 'keep', mode: '100644', type: 'blob', content: 'new' },
        ],
      },
      { message: 'Message\n\nFleet-Operation: op-1', tree: 'tree', parents: ['c0'] },
      { sha: 'new-1', force: false },
    ]);
    expect(github.budget.taken).toEqual([3]);
  });

  it('is not made of what is there already', async () => {
    const { github } = givenBranch();

    const outcome = await commit(github, [{ path: 'keep', content: 'k', replacesBlob: gitBlobId('k') }]);

    expect(outcome).toEqual({ kind: 'committed', commit: 'c0' });
    expect(sentContent(github)).toEqual([]);
    expect(github.budget.taken).toEqual([]);
  });

  it('is a conflict when others moved the branch meanwhile, after one try', async () => {
    const { branch, github } = givenBranch({ head: 'c1', shown: ['c0'] });

    expect(await commit(github)).toEqual({ kind: 'conflict', detail: 'the branch main has moved from c0 to c1' });
    expect(branch.head).toBe('c1');
    expect(sentContent(github)).toHaveLength(3);
    expect(github.budget.taken).toEqual([3]);
  });

  it('is a conflict when others changed what it replaces', async () => {
    const { branch, github } = givenBranch({ files: { 'flux/a.yaml': 'theirs' } });

    expect(await commit(github)).toEqual({ kind: 'conflict', detail: 'flux/a.yaml has changed since it was read' });
    expect(branch.head).toBe('c0');
    expect(sentContent(github)).toEqual([]);
  });

  it('overwrites nothing where GitHub keeps showing an old head, and spends nothing more on it', async () => {
    const { branch, github } = givenBranch({ head: 'c1', shown: ['c0', 'c0'] });

    await expect(commit(github)).rejects.toMatchObject({ failure: 'server-error', retryable: true });

    expect(branch.head).toBe('c1');
    expect(github.budget.taken).toEqual([3]);
  });

  it('waits for the budget before it sends anything that creates content', async () => {
    const { github } = givenBranch();
    github.budget.answer = { kind: 'wait', seconds: 34 };

    await expect(commit(github)).rejects.toMatchObject({ failure: 'throttled', retryAfterSeconds: 34 });

    expect(sentContent(github)).toEqual([]);
  });
});

describe('a commit whose last answer is lost', () => {
  it.each<{ what: string; reply: GitHubReply }>([
    { what: 'lost', reply: 'lost' },
    { what: 'cut off', reply: 'broken' },
    { what: 'a 502', reply: { status: 502, body: '<html>' } },
    { what: 'an error under 200', reply: { body: { message: 'Server Error' } } },
  ])('is found on the branch ($what)', async ({ reply }) => {
    const { branch, github } = givenBranch({ moves: [() => reply] });
    const committing = commit(github);
    branch.shown.push('c0', 'new-1');

    expect(await committing).toEqual({ kind: 'committed', commit: 'new-1' });
    expect(sentContent(github)).toHaveLength(3);
  });

  it('is found below the commits of others', async () => {
    const { branch, github } = givenBranch({ moves: [() => 'lost'] });
    branch.shown.push('c0', 'other');

    expect(await commit(github)).toEqual({ kind: 'committed', commit: 'new-1' });
  });

  it('is an error to be tried again when the branch does not have it', async () => {
    const { github } = givenBranch({ moves: [() => 'lost'] });

    await expect(commit(github)).rejects.toMatchObject({ failure: 'unreachable', retryable: true });

    expect(sentContent(github)).toHaveLength(3);
  });
});

describe('a commit that GitHub refuses', () => {
  it.each([
    {
      status: 422,
      message: 'Repository rule violations found\n\nChanges must be made through a pull request.',
      kind: 'branch-protected',
    },
    { status: 409, message: 'Repository rule violations found', kind: 'branch-protected' },
    { status: 403, message: 'Protected branch update failed for refs/heads/main.', kind: 'branch-protected' },
    { status: 422, message: "You're not authorized to push to this branch.", kind: 'branch-protected' },
    { status: 422, message: 'Required status check "ci" is expected.', kind: 'branch-protected' },
    { status: 422, message: 'Reference does not exist', kind: 'conflict' },
    { status: 404, message: 'Not Found', kind: 'conflict' },
    { status: 403, message: 'Resource not accessible by integration', kind: 'push-not-allowed' },
    { status: 403, message: 'Repository was archived so is read-only.', kind: 'push-not-allowed' },
  ])('is "$kind" after $status $message', async ({ status, message, kind }) => {
    const { github } = givenBranch({ moves: [() => ({ status, body: { message } })] });

    expect(await commit(github)).toMatchObject({ kind, detail: expect.stringContaining(message.split('\n')[0] ?? '') });
    expect(sentContent(github)).toHaveLength(3);
  });

  const cannotBeUpdated = () => ({ status: 422, body: { message: 'Reference cannot be updated' } });

  it('as "cannot be updated" is a conflict where the branch has moved', async () => {
    const { branch, github } = givenBranch();
    branch.moves.push(() => {
      branch.head = 'c1';
      return cannotBeUpdated();
    });

    expect(await commit(github)).toEqual({ kind: 'conflict', detail: 'the branch main has moved from c0 to c1' });
  });

  it('as "cannot be updated" is an error to be tried again where it has not', async () => {
    const { github } = givenBranch({ moves: [cannotBeUpdated] });

    await expect(commit(github)).rejects.toMatchObject({ failure: 'server-error', retryable: true });

    expect(sentContent(github)).toHaveLength(3);
  });

  it.each([
    { route: `POST ${base}/git/trees`, message: 'Object does not exist' },
    { route: `POST ${base}/git/commits`, message: 'Tree SHA does not exist' },
    { route: `POST ${base}/git/commits`, message: 'Parent SHA does not exist or is not a commit object' },
    { route: moveRoute, message: 'Object does not exist' },
  ])('for "$message" at $route is an error to be tried again', async ({ route, message }) => {
    const { branch, github } = givenBranch({}, { [route]: { status: 422, body: { message } } });

    const expected = { failure: 'server-error', retryable: true, status: 422, answer: message };
    await expect(commit(github)).rejects.toMatchObject(expected);

    expect(branch.head).toBe('c0');
  });

  it('names the rule', async () => {
    const moves = [() => ({ status: 422, body: { message: 'Repository rule violations found' } })];
    const rules = { body: [{ type: 'pull_request', ruleset_id: 7 }] };
    const { github } = givenBranch(
      { moves },
      { [`GET ${base}/rules/branches/main`]: rules, [`GET ${base}/rulesets/7`]: { body: { name: 'four eyes' } } },
    );

    expect(await commit(github)).toEqual({
      kind: 'branch-protected',
      detail: 'ruleset "four eyes" requires a pull request (Repository rule violations found)',
    });
  });

  it('is not begun where the installation grants no write access', async () => {
    const permissions = { contents: 'read', metadata: 'read' };
    const { github } = givenBranch({}, { [`GET ${base}/installation`]: installation({ permissions }) });

    expect(await commit(github)).toMatchObject({ kind: 'push-not-allowed' });
    expect(github.routes()).toEqual([]);
  });
});
