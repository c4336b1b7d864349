import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import {
  base,
  type GitHubReply,
  type GitHubScript,
  installation,
  never,
  repository,
  scriptedGitHub,
} from './github-server.ts';

const found = {
  [`GET ${base}`]: { body: { full_name: 'Acme/Infrastructure', archived: false } },
  [`GET ${base}/branches/main`]: { body: { name: 'main', commit: { sha: 'c0ffee' }, protected: false } },
  [`GET ${base}/rules/branches/main`]: { body: [] },
};
const isProtected = {
  [`GET ${base}/branches/main`]: { body: { name: 'main', commit: { sha: 'c0ffee' }, protected: true } },
};

function inspect(script: GitHubScript) {
  return scriptedGitHub({ ...found, ...script }).host.inspectRepository(repository, 'main', never);
}

describe('a repository at GitHub', () => {
  it('is taken for another one when its name is, however we came there', async () => {
    const elsewhere = { [`GET ${base}`]: { body: { full_name: 'acme/other', archived: false } } };

    expect(await inspect({})).toMatchObject({ kind: 'found', head: 'c0ffee', canPush: true, allowsDeployKeys: true });
    expect(await inspect(elsewhere)).toEqual({ kind: 'repository-not-found' });
  });

  it.each([
    'pull_request',
    'merge_queue',
    'required_status_checks',
    'required_deployments',
    'workflows',
    'code_scanning',
    'update',
  ])('has a branch that takes no direct commits under the rule %s, and names its ruleset', async (type) => {
    const inspected = await inspect({
      [`GET ${base}/rules/branches/main`]: { body: [{ type, ruleset_id: 7 }] },
      [`GET ${base}/rulesets/7`]: { body: { name: 'four eyes', current_user_can_bypass: 'never' } },
    });

    expect(inspected).toMatchObject({ protection: expect.stringMatching(/^ruleset "four eyes" re/) });
  });

  it.each(['non_fast_forward', 'required_linear_history', 'required_signatures', 'deletion', 'creation'])(
    'has a branch that takes our commits under the rule %s',
    async (type) => {
      const inspected = await inspect({ [`GET ${base}/rules/branches/main`]: { body: [{ type, ruleset_id: 7 }] } });

      expect(inspected).not.toHaveProperty('protection');
    },
  );

  it.each([
    { bypass: 'always', isRefused: false },
    { bypass: 'exempt', isRefused: false },
    { bypass: 'pull_requests_only', isRefused: true },
    { bypass: 'never', isRefused: true },
  ])('asks whether we may bypass a ruleset: $bypass', async ({ bypass, isRefused }) => {
    const inspected = await inspect({
      [`GET ${base}/rules/branches/main`]: { body: [{ type: 'pull_request', ruleset_id: 7 }] },
      [`GET ${base}/rulesets/7`]: { body: { name: 'r', current_user_can_bypass: bypass } },
    });

    expect('protection' in inspected).toBe(isRefused);
  });

  const ours = { apps: [{ slug: 'fleet' }] };
  const others = { apps: [{ slug: 'renovate' }] };
  it.each<{ rule: object; reason: string | undefined }>([
    { rule: { required_pull_request_reviews: {} }, reason: 'requires a pull request' },
    { rule: { required_pull_request_reviews: { bypass_pull_request_allowances: ours } }, reason: undefined },
    {
      rule: { required_pull_request_reviews: { bypass_pull_request_allowances: others } },
      reason: 'requires a pull request',
    },
    { rule: { required_status_checks: { strict: true, contexts: ['ci'] } }, reason: 'requires status checks' },
    { rule: { restrictions: others }, reason: 'lets only others push' },
    { rule: { restrictions: ours }, reason: undefined },
    { rule: { lock_branch: { enabled: true } }, reason: 'locks the branch' },
    { rule: { lock_branch: { enabled: false }, required_signatures: { enabled: true } }, reason: undefined },
  ])('knows branch protection from before rulesets: $rule', async ({ rule, reason }) => {
    const inspected = await inspect({ ...isProtected, [`GET ${base}/branches/main/protection`]: { body: rule } });

    expect(inspected.kind === 'found' && inspected.protection).toBe(
      reason === undefined ? undefined : `the branch protection rule of main ${reason}`,
    );
  });

  const beyondPlan = {
    status: 403,
    body: { message: 'Upgrade to GitHub Pro or make this repository public to enable this feature.' },
  };

  it('has no rules where its plan has none', async () => {
    const inspected = await inspect({
      ...isProtected,
      [`GET ${base}/rules/branches/main`]: beyondPlan,
      [`GET ${base}/branches/main/protection`]: beyondPlan,
    });

    expect(inspected).toMatchObject({ kind: 'found' });
    expect(inspected).not.toHaveProperty('protection');
  });

  it.each(['rules/branches/main', 'branches/main/protection'])(
    'is not passed off as free of rules: %s',
    async (path) => {
      const forbidden = { status: 403, body: { message: 'Resource not accessible by integration' } };

      const inspecting = inspect({ ...isProtected, [`GET ${base}/${path}`]: forbidden });

      await expect(inspecting).rejects.toMatchObject({ failure: 'forbidden' });
    },
  );

  it('leaves branch protection to the commit where we may not read it', async () => {
    const permissions = { contents: 'write', metadata: 'read' };

    const inspected = await inspect({ ...isProtected, [`GET ${base}/installation`]: installation({ permissions }) });

    expect(inspected).toEqual({ kind: 'found', head: 'c0ffee', canPush: true, allowsDeployKeys: false });
  });
});

describe('a repository too large for one answer', () => {
  const tree = (entries: object[], truncated = false): GitHubReply => ({ body: { tree: entries, truncated } });
  const folder = (path: string, sha: string) => ({ path, type: 'tree', sha });
  const file = (path: string) => ({ path, type: 'blob', sha: `blob-${path}` });
  /** By tree: all below it, and its own level. */
  const trees =
    (recursive: GitHubReply, level: GitHubReply) =>
    ({ query }: { query: URLSearchParams }) =>
      query.has('recursive') ? recursive : level;

  it('is listed folder by folder, from the root to what was asked for', async () => {
    const github = scriptedGitHub({
      [`GET ${base}/git/trees/c0ffee`]: trees(tree([file('a')], true), tree([file('a'), folder('flux', 't1')])),
      [`GET ${base}/git/trees/t1`]: tree([folder('big', 't2'), folder('other', 't9')]),
      [`GET ${base}/git/trees/t2`]: trees(tree([], true), tree([file('x'), folder('deep', 't3')])),
      [`GET ${base}/git/trees/t3`]: tree([file('y'), file('z/w'), folder('z', 't4')]),
    });

    const listing = await github.host.listFolder(repository, { commit: 'c0ffee', folder: 'flux/big' }, never);

    expect([...listing]).toEqual([
      ['flux/big/x', 'blob-x'],
      ['flux/big/deep/y', 'blob-y'],
      ['flux/big/deep/z/w', 'blob-z/w'],
    ]);
    expect(await github.host.listFolder(repository, { commit: 'c0ffee', folder: 'flux/none' }, never)).toEqual(
      new Map(),
    );
  });
});

describe('deploy keys at GitHub', () => {
  const { publicKey } = generateKeyPair();
  const add = (reply: GitHubReply) =>
    scriptedGitHub({ [`POST ${base}/keys`]: reply }).host.addDeployKey(repository, { title: 't', publicKey }, never);
  const invalid = (message: string) => ({
    status: 422,
    body: { message: 'Validation Failed', errors: [{ field: 'key', message }] },
  });

  it.each([
    { reply: invalid('key is already in use'), kind: 'in-use' },
    {
      reply: { status: 422, body: { message: 'Deploy keys are disabled for this repository' } },
      kind: 'deploy-keys-disabled',
    },
    {
      reply: { status: 403, body: { message: 'Resource not accessible by integration' } },
      kind: 'deploy-keys-disabled',
    },
  ])('are "$kind" after $reply', async ({ reply, kind }) => {
    expect(await add(reply)).toMatchObject({ kind });
  });

  it.each([
    { what: 'can write', body: { id: 1, title: 't', key: publicKey, read_only: false } },
    { what: 'is another one', body: { id: 1, title: 't', key: generateKeyPair().publicKey, read_only: true } },
  ])('are not taken for added when the one that GitHub has $what', async ({ body }) => {
    await expect(add({ status: 201, body })).rejects.toMatchObject({ failure: 'protocol' });
  });

  it('are asked for as read-only, and wait for the budget', async () => {
    const github = scriptedGitHub();
    github.budget.answer = { kind: 'wait', seconds: 5 };
    const adding = () => github.host.addDeployKey(repository, { title: 't', publicKey }, never);
    await expect(adding()).rejects.toMatchObject({ failure: 'throttled', retryAfterSeconds: 5 });
    expect(github.routes()).toEqual([]);
    github.budget.answer = { kind: 'granted' };

    await adding().catch(() => undefined);

    const sent = github.requests.find(({ route }) => route === `POST ${base}/keys`);
    expect(sent?.body).toEqual({ title: 't', key: publicKey, read_only: true });
    expect(github.budget.taken).toEqual([1, 1]);
  });
});
