import type { Hono } from 'hono';
import * as z from 'zod';

import { checkRules, requirePlanWithRules } from './branch-rules.ts';
import { commitByOther } from './foreign-commit.ts';
import { findFileAt } from './git-commit-routes.ts';
import type { GitHubCore } from './github-core.ts';
import { GitHubError, notFound } from './github-error.ts';
import { type GitHubAnswer, readBody, type RepositoryCall, repositoryRoute } from './github-request.ts';
import type { BranchProtection } from './github-state.ts';
import { accountRoutes } from './account-routes.ts';
import { formatRepository } from './repository-routes.ts';
import { archiveRepository, deleteRepository, renameRepository } from './repository-changes.ts';
import { rulesetCreation } from './ruleset-routes.ts';

/** What an owner does with a personal token: enough to build the worlds of the Git host's contract. */
export function administrationRoutes(app: Hono, core: GitHubCore): void {
  const administration = { permission: 'administration', level: 'write' } as const;
  accountRoutes(app, core);
  rulesetCreation(app, core);
  repositoryRoute(app, core, {
    ...{ method: 'PUT', path: '/contents/:path{.+}', action: 'github:PutContents', createsContent: true },
    needs: { permission: 'contents', level: 'write' },
    perform: putContents,
  });
  repositoryRoute(app, core, {
    ...{ method: 'PATCH', path: '', action: 'github:UpdateRepository', needs: administration },
    perform: updateRepository,
  });
  repositoryRoute(app, core, {
    ...{ method: 'DELETE', path: '', action: 'github:DeleteRepository', needs: administration },
    perform({ repository, by }) {
      deleteRepository(core, { repository, by });
      return { status: 204 };
    },
  });
  repositoryRoute(app, core, {
    ...{ method: 'PUT', path: '/branches/:protected{.+/protection}', action: 'github:UpdateBranchProtection' },
    needs: administration,
    perform({ repository, path, body }) {
      requirePlanWithRules(core.state, repository);
      const branch = path('protected').replace(/\/protection$/, '');
      if (!repository.refs.has(`refs/heads/${branch}`)) throw new GitHubError(404, 'Branch not found');
      repository.protections.set(branch, readProtection(body));
      core.onChange();
      return { body: {} };
    },
  });
}

const contentsBody = z.object({
  message: z.string(),
  /** In base64. */
  content: z.base64(),
  branch: z.string().optional(),
  sha: z.string().optional(),
});

/** "Create or update file contents": the one way to make the first commit of an empty repository. */
function putContents({ core, repository, actor, by, path, body }: RepositoryCall): GitHubAnswer {
  const { message, content, branch = repository.defaultBranch, sha } = readBody(contentsBody, body);
  const ref = `refs/heads/${branch}`;
  const old = repository.refs.get(ref);
  if (old === undefined && repository.refs.size > 0) throw new GitHubError(404, `Branch ${branch} not found`);
  const present = old === undefined ? undefined : findFileAt(repository, old, path('path'));
  if (present && sha === undefined) throw new GitHubError(422, `Invalid request.\n\n"sha" wasn't supplied.`);
  if (present?.id !== sha) throw new GitHubError(409, `${path('path')} does not match ${sha ?? ''}`);
  // Rules speak of what a push brings; that the branch moves is enough of it for those that this world asks here.
  if (old !== undefined) checkRules(core.state, { repository, actor }, { ref, old, id: old, isForced: false });
  const files = { [path('path')]: Buffer.from(content, 'base64').toString() };
  const commit = commitByOther(core, repository, { files, branch, message, by });
  const file = findFileAt(repository, commit, path('path'));
  return {
    status: present ? 200 : 201,
    body: { content: { path: path('path'), sha: file?.id }, commit: { sha: commit } },
  };
}

const repositoryBody = z.object({
  name: z.string().optional(),
  archived: z.boolean().optional(),
  default_branch: z.string().optional(),
});

function updateRepository({ core, repository, actor, by, body, url }: RepositoryCall): GitHubAnswer {
  const { name, archived, default_branch: branch } = readBody(repositoryBody, body);
  if (repository.isArchived && archived !== false) {
    throw new GitHubError(403, 'Repository was archived so is read-only.');
  }
  if (branch !== undefined) {
    if (!repository.refs.has(`refs/heads/${branch}`)) throw notFound();
    repository.defaultBranch = branch;
    core.onChange();
  }
  if (name !== undefined && name !== repository.name) renameRepository(core, { repository, by }, name);
  if (archived !== undefined) archiveRepository(core, { repository, by }, archived);
  return { body: formatRepository(core.state, { repository, actor, url }) };
}

const protectionBody = z.object({
  required_status_checks: z.object({ contexts: z.array(z.string()) }).nullable(),
  enforce_admins: z.boolean().nullable(),
  required_pull_request_reviews: z.object({ required_approving_review_count: z.int().optional() }).nullable(),
  restrictions: z
    .object({ users: z.array(z.string()), teams: z.array(z.string()), apps: z.array(z.string()).optional() })
    .nullable(),
  allow_force_pushes: z.boolean().nullable().optional(),
  lock_branch: z.boolean().optional(),
});

/** "Update branch protection": the first four are required, and may be null. */
function readProtection(body: unknown): BranchProtection {
  const read = readBody(protectionBody, body);
  const reviews = read.required_pull_request_reviews;
  return {
    ...(read.required_status_checks && { requiredChecks: read.required_status_checks.contexts }),
    ...(reviews && { requiredReviews: reviews.required_approving_review_count ?? 1 }),
    ...(read.restrictions && { restrictions: { users: read.restrictions.users, apps: read.restrictions.apps ?? [] } }),
    isLocked: read.lock_branch === true,
    allowsForcePushes: read.allow_force_pushes === true,
    bindsAdministrators: read.enforce_admins === true,
  };
}
