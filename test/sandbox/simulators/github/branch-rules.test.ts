import { describe, expect, it } from 'vitest';
import { matchesPath } from '../../../../sandbox/simulators/github/ref-patterns.ts';
import { createGitHub, pushFile, repository } from './github-fixture.ts';

const path = `/repos/${repository.owner}/${repository.name}`;

async function push(github: ReturnType<typeof createGitHub>, file = 'flux/x.yaml') {
  const parent = github.world.headOf(repository) ?? '';
  return pushFile(github, { token: await github.mint(), parent, path: file, content: 'new' });
}

describe('rulesets', () => {
  it.each([
    { rule: 'pull_request', words: 'Changes must be made through a pull request.' },
    { rule: 'update', words: 'Cannot update this protected ref.' },
    { rule: 'merge_queue', words: 'Changes must be made through the merge queue' },
  ])('refuse a push by the rule $rule', async ({ rule, words }) => {
    const github = createGitHub();
    github.world.addRuleset(repository, { name: 'main', rules: [{ type: rule }] });

    const pushed = await push(github);

    expect(pushed).toMatchObject({
      status: 422,
      body: { message: `Repository rule violations found\n\n${words}\n\n` },
    });
    expect(github.world.fileAtHead(repository, 'flux/x.yaml')).toBeUndefined();
  });

  it.each([
    {
      what: 'an App that bypasses it',
      change: { bypassActors: [{ actor_id: 77, actor_type: 'Integration', bypass_mode: 'always' }] },
    },
    { what: 'another branch', change: { conditions: { include: ['refs/heads/release/**/*'], exclude: [] } } },
    { what: 'an excluded branch', change: { conditions: { include: ['~ALL'], exclude: ['refs/heads/main'] } } },
    { what: 'a ruleset that is only evaluated', change: { enforcement: 'evaluate' } },
  ] as const)('let pass $what', async ({ change }) => {
    const github = createGitHub();
    github.world.addRuleset(repository, { name: 'main', rules: [{ type: 'pull_request' }], ...change });

    expect((await push(github)).status).toBe(200);
  });

  it('do not let pass who may bypass for pull requests only', async () => {
    const github = createGitHub();
    const bypassActors = [{ actor_id: 77, actor_type: 'Integration', bypass_mode: 'pull_request' }] as const;
    github.world.addRuleset({ owner: repository.owner }, { name: 'all', rules: [{ type: 'update' }], bypassActors });

    expect((await push(github)).status).toBe(422);
  });

  it('hold signatures, and what a push may touch', async () => {
    const github = createGitHub();
    github.world.addRuleset(repository, { name: 'signed', rules: [{ type: 'required_signatures' }] });
    const restriction = { type: 'file_path_restriction', parameters: { restricted_file_paths: ['flux/**/*'] } };
    github.world.addRuleset(repository, { name: 'paths', target: 'push', rules: [restriction] });

    expect((await push(github, 'other')).status).toBe(200);
    const refused = await push(github, 'flux/clusters/x.yaml');

    expect(refused.body.message).toContain('File path is restricted\n- flux/clusters/x.yaml');
  });

  it('are shown with their rules, and who may bypass them to administrators only', async () => {
    const { ask, mint, world } = createGitHub();
    const bypassActors = [{ actor_id: 77, actor_type: 'Integration', bypass_mode: 'always' }] as const;
    const id = world.addRuleset(
      { owner: repository.owner },
      { name: 'all', rules: [{ type: 'update' }], bypassActors },
    );
    world.addRuleset(repository, {
      name: 'other',
      conditions: { include: ['refs/heads/x'], exclude: [] },
      rules: [{ type: 'deletion' }],
    });
    const reader = await mint({ contents: 'read' });

    const rules = await ask(`GET ${path}/rules/branches/main`, { token: reader });
    const read = await ask(`GET ${path}/rulesets/${id}`, { token: reader });
    const administered = await ask(`GET ${path}/rulesets/${id}`, { token: await mint() });

    expect(rules.body).toEqual([
      { type: 'update', ruleset_source_type: 'Organization', ruleset_source: repository.owner, ruleset_id: id },
    ]);
    expect(read.body).toMatchObject({ name: 'all', current_user_can_bypass: 'always' });
    expect(read.body).not.toHaveProperty('bypass_actors');
    expect(administered.body.bypass_actors).toEqual(bypassActors);
    expect((await ask(`GET ${path}/rulesets`, { token: reader })).body).toHaveLength(2);
  });
});

describe('classic protection', () => {
  it.each([
    { protection: { requiredReviews: 1 }, words: 'Changes must be made through a pull request.' },
    { protection: { requiredChecks: ['ci'] }, words: 'Required status check "ci" is expected.' },
    { protection: { requiredChecks: ['ci', 'lint'] }, words: '2 of 2 required status checks are expected.' },
    { protection: { isLocked: true }, words: 'Cannot change this locked branch' },
    {
      protection: { restrictions: { apps: ['other'], users: [] } },
      words: `You're not authorized to push to this branch.`,
    },
  ])('refuses a push: $protection', async ({ protection, words }) => {
    const github = createGitHub();
    github.world.protectBranch(repository, 'main', protection);

    expect(await push(github)).toMatchObject({ status: 422, body: { message: expect.stringContaining(words) } });
  });

  it('lets those push who are named, and shows itself to administrators', async () => {
    const github = createGitHub();
    const { ask, mint, world } = github;
    world.protectBranch(repository, 'main', { restrictions: { apps: ['fleet-api'], users: [] } });

    expect((await push(github)).status).toBe(200);
    expect((await ask(`GET ${path}/branches/main`, { token: await mint({ contents: 'read' }) })).body.protected).toBe(
      true,
    );
    expect((await ask(`GET ${path}/branches/main/protection`, { token: await mint() })).body.restrictions.apps).toEqual(
      [{ slug: 'fleet-api' }],
    );
    expect(
      (await ask(`GET ${path}/branches/main/protection`, { token: await mint({ contents: 'write' }) })).status,
    ).toBe(403);
  });
});

describe('a free plan', () => {
  /** Protected in both ways, for the owner upgraded once. */
  async function givenFreeOwner(isPrivate: boolean) {
    const github = createGitHub();
    const { world, ask } = github;
    const place = { owner: 'frugal', name: 'acme' };
    world.createOwner(place.owner, { plan: 'free' });
    world.createRepository({ ...place, files: { a: '1' }, isPrivate });
    const ruleset = world.addRuleset(place, { name: 'main', rules: [{ type: 'pull_request' }] });
    world.protectBranch(place, 'main', { requiredReviews: 1 });
    const token = world.createPersonalToken(place.owner);
    const at = `/repos/${place.owner}/${place.name}`;
    const body = { message: 'm', content: 'Mg==', branch: 'main' };
    const reads = ['rules/branches/main', 'rulesets', `rulesets/${ruleset}`, 'branches/main/protection'];
    const answers = await Promise.all(reads.map((what) => ask(`GET ${at}/${what}`, { token })));
    const pushed = await ask(`PUT ${at}/contents/b`, { token, body });
    return { answers, pushed };
  }

  it('has no rules for private repositories, says so to whoever asks, and refuses no push', async () => {
    const { answers, pushed } = await givenFreeOwner(true);

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(answers[0]?.body.message).toBe(
      'Upgrade to GitHub Pro or make this repository public to enable this feature.',
    );
    expect(pushed.status).toBe(201);
  });

  it('has them for public ones', async () => {
    const { answers, pushed } = await givenFreeOwner(false);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(pushed.status).toBe(422);
  });
});

describe('patterns of refs and paths', () => {
  it.each([
    { pattern: 'refs/heads/*', path: 'refs/heads/main', matches: true },
    { pattern: 'refs/heads/*', path: 'refs/heads/a/b', matches: false },
    { pattern: 'refs/heads/**/*', path: 'refs/heads/a/b', matches: true },
    { pattern: 'refs/heads/**/*', path: 'refs/heads/main', matches: true },
    { pattern: 'flux/**', path: 'flux/a/b', matches: false },
    { pattern: 'a.?', path: 'axb', matches: false },
  ])('$pattern on $path', ({ pattern, path: at, matches }) => {
    expect(matchesPath(pattern, at)).toBe(matches);
  });
});
