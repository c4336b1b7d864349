import type { Hono } from 'hono';

import { requirePlanWithRules, rulesetsFor, rulesetsOf } from './branch-rules.ts';
import type { GitHubCore } from './github-core.ts';
import { GitHubError, notFound } from './github-error.ts';
import { type GitHubAnswer, type RepositoryCall, repositoryRoute } from './github-request.ts';
import { findFileAt, formatGitCommit } from './git-commit-routes.ts';
import { encodeLines } from './git-tree-routes.ts';
import { fullName, type GitHubState, type Repository } from './github-state.ts';
import { pageOf } from './pages.ts';
import { formatRuleset, sourceOf } from './ruleset-answers.ts';

/** docs.github.com, "REST API endpoints for repositories", "… for branches", "… for rules". */
export function repositoryRoutes(app: Hono, core: GitHubCore): void {
  const metadata = { permission: 'metadata', level: 'read' } as const;
  const contents = { permission: 'contents', level: 'read' } as const;
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '', action: 'github:GetRepository', needs: metadata },
    perform: (call) => ({ body: formatRepository(call.core.state, call) }),
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/contents/:path{.+}', action: 'github:GetContents', needs: contents },
    perform: getContents,
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/branches', action: 'github:ListBranches', needs: contents },
    perform({ repository, query, url }) {
      const branches = [...repository.refs.keys()].filter((ref) => ref.startsWith(heads)).sort();
      return pageOf(
        { query, url },
        branches.map((ref) => formatShortBranch(repository, ref.slice(heads.length), url)),
      );
    },
  });
  // Before the branch itself, whose name may hold slashes.
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/branches/:protected{.+/protection}', action: 'github:GetBranchProtection' },
    needs: { permission: 'administration', level: 'read' },
    perform: getProtection,
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/branches/:branch{.+}', action: 'github:GetBranch', needs: contents },
    perform: getBranch,
  });
  ruleRoutes(app, core);
}

const heads = 'refs/heads/';

function ruleRoutes(app: Hono, core: GitHubCore): void {
  const metadata = { permission: 'metadata', level: 'read' } as const;
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/rules/branches/:branch{.+}', action: 'github:GetBranchRules', needs: metadata },
    perform: getBranchRules,
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/rulesets', action: 'github:ListRulesets', needs: metadata },
    perform({ repository, query, url }) {
      requirePlanWithRules(core.state, repository);
      const rulesets = rulesetsOf(core.state, repository);
      return pageOf(
        { query, url },
        rulesets.map((ruleset) => formatRuleset(core.state, ruleset)),
      );
    },
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/rulesets/:ruleset', action: 'github:GetRuleset', needs: metadata },
    perform({ repository, actor, path }) {
      requirePlanWithRules(core.state, repository);
      const ruleset = rulesetsOf(core.state, repository).find(({ id }) => id === Number(path('ruleset')));
      if (!ruleset) throw notFound();
      return { body: formatRuleset(core.state, ruleset, actor) };
    },
  });
}

export function formatRepository(
  state: GitHubState,
  { repository, actor, url }: Pick<RepositoryCall, 'repository' | 'actor' | 'url'>,
): object {
  const owner = state.owners.get(repository.owner.toLowerCase());
  const isPerson = actor.kind === 'user';
  return {
    ...{ id: repository.id, node_id: `R_${repository.id}`, name: repository.name, full_name: fullName(repository) },
    private: repository.isPrivate,
    owner: { login: repository.owner, id: owner?.id, type: owner?.kind },
    ...{ url: `${url.origin}/repos/${fullName(repository)}`, ssh_url: `git@github.com:${fullName(repository)}.git` },
    ...{ default_branch: repository.defaultBranch, archived: repository.isArchived, disabled: false, fork: false },
    // Rights of a person. What an App may do stands in its token's permissions, and here all is false, as the example
    // of "List repositories accessible to the app installation" shows it.
    permissions: { admin: isPerson, maintain: isPerson, push: isPerson, triage: isPerson, pull: isPerson },
  };
}

function getContents({ repository, path, query, url }: RepositoryCall): GitHubAnswer {
  const file = findFileAt(repository, query['ref'] ?? `${heads}${repository.defaultBranch}`, path('path'));
  if (!file) throw notFound();
  return {
    body: {
      ...{ type: 'file', encoding: 'base64', size: file.content.byteLength, name: path('path').split('/').at(-1) },
      ...{ path: path('path'), content: encodeLines(file.content), sha: file.id, url: url.href },
    },
  };
}

function getBranch({ repository, path, url }: RepositoryCall): GitHubAnswer {
  const branch = path('branch');
  const head = repository.refs.get(`${heads}${branch}`);
  if (head === undefined) throw branchNotFound();
  const commit = { sha: head, commit: formatGitCommit(repository, head, url) };
  return { body: { ...formatShortBranch(repository, branch, url), commit } };
}

function branchNotFound(): GitHubError {
  return new GitHubError(404, 'Branch not found');
}

/** `protected` speaks of classic protection; rulesets are read at `/rules/branches/{branch}`. */
function formatShortBranch(repository: Repository, branch: string, url: URL): object {
  const sha = repository.refs.get(`${heads}${branch}`);
  const protection = repository.protections.get(branch);
  const contexts = protection?.requiredChecks ?? [];
  return {
    name: branch,
    commit: { sha, url: `${url.origin}/repos/${fullName(repository)}/commits/${sha ?? ''}` },
    protected: protection !== undefined,
    protection: {
      enabled: protection !== undefined,
      required_status_checks: {
        enforcement_level: contexts.length > 0 ? 'non_admins' : 'off',
        contexts,
        checks: contexts.map((context) => ({ context, app_id: null })),
      },
    },
  };
}

function getProtection({ core, repository, path, url }: RepositoryCall): GitHubAnswer {
  requirePlanWithRules(core.state, repository);
  const branch = path('protected').replace(/\/protection$/, '');
  const protection = repository.protections.get(branch);
  if (!repository.refs.has(`${heads}${branch}`)) throw branchNotFound();
  if (!protection) throw new GitHubError(404, 'Branch not protected');
  const { requiredReviews, requiredChecks, restrictions } = protection;
  return {
    body: {
      url: url.href,
      ...(requiredChecks && { required_status_checks: { strict: false, contexts: requiredChecks } }),
      ...(requiredReviews !== undefined && {
        required_pull_request_reviews: { required_approving_review_count: requiredReviews },
      }),
      ...(restrictions && {
        restrictions: {
          users: restrictions.users.map((login) => ({ login })),
          teams: [],
          apps: restrictions.apps.map((slug) => ({ slug })),
        },
      }),
      enforce_admins: { enabled: protection.bindsAdministrators === true },
      allow_force_pushes: { enabled: protection.allowsForcePushes === true },
      lock_branch: { enabled: protection.isLocked === true },
    },
  };
}

/** Every rule that is active for a branch, that there is none of the name included; who may bypass is not in it. */
function getBranchRules({ core, repository, path, query, url }: RepositoryCall): GitHubAnswer {
  requirePlanWithRules(core.state, repository);
  const rules = rulesetsFor(core.state, repository, path('branch')).flatMap((ruleset) =>
    ruleset.rules.map((rule) => ({ ...rule, ...sourceOf(core.state, ruleset), ruleset_id: ruleset.id })),
  );
  return pageOf({ query, url }, rules);
}
