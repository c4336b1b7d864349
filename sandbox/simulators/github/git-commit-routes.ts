import type { Hono } from 'hono';
import * as z from 'zod';

import type { Actor } from './github-actor.ts';
import { formatTime, type GitHubCore } from './github-core.ts';
import { notFound, unprocessable } from './github-error.ts';
import { readBody, type RepositoryCall, repositoryRoute } from './github-request.ts';
import { type Repository, fullName } from './github-state.ts';
import type { Signature } from './git-objects.ts';
import { entryAt, logOf, touches } from './object-store.ts';
import { pageOf } from './pages.ts';
import { addCommit } from './repository-changes.ts';
import { requireCommit, requireContent, resolveTree } from './revisions.ts';

const person = z.object({ name: z.string(), email: z.string(), date: z.iso.datetime({ offset: true }).optional() });

const commitBody = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).default([]),
  author: person.optional(),
  committer: person.optional(),
});

/** docs.github.com, "REST API endpoints for Git commits" and "… for commits". */
export function gitCommitRoutes(app: Hono, core: GitHubCore): void {
  repositoryRoute(app, core, {
    ...{ method: 'POST', path: '/git/commits', action: 'github:CreateCommit', createsContent: true },
    needs: { permission: 'contents', level: 'write' },
    perform: createCommit,
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/git/commits/:sha', action: 'github:GetCommit' },
    needs: { permission: 'contents', level: 'read' },
    perform({ repository, path, url }) {
      requireContent(repository);
      if (!repository.objects.commits.has(path('sha'))) throw notFound();
      return { body: formatGitCommit(repository, path('sha'), url) };
    },
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/commits', action: 'github:ListCommits' },
    needs: { permission: 'contents', level: 'read' },
    perform: listCommits,
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/commits/:ref{.+}', action: 'github:GetCommit' },
    needs: { permission: 'contents', level: 'read' },
    perform({ repository, path, url }) {
      requireContent(repository);
      return { body: formatCommit(repository, requireCommit(repository, path('ref')), url) };
    },
  });
}

/** Writes an object; no branch shows it yet. Author and committer are the App itself unless named. */
function createCommit({ core, actor, by, repository, body, url }: RepositoryCall) {
  requireContent(repository);
  const { message, tree, parents, author, committer } = readBody(commitBody, body);
  if (!repository.objects.trees.has(tree)) throw unprocessable('Tree SHA does not exist');
  if (!parents.every((parent) => repository.objects.commits.has(parent))) {
    throw unprocessable('Parent SHA does not exist or is not a commit object');
  }
  const seconds = Math.floor(core.now().getTime() / 1000);
  const itself = { ...identityOf(actor), seconds };
  const named = author && withTime(author, seconds);
  const commit = addCommit(
    core,
    { repository, by },
    {
      ...{ message, tree, parents },
      author: named ?? itself,
      // "If you omit committer, it will be filled in with author's data".
      committer: committer ? withTime(committer, seconds) : (named ?? itself),
      // docs.github.com, "Signature verification for bots": only while no author, committer or signature is given.
      isVerified: actor.kind === 'installation' && !author && !committer,
    },
  );
  return { status: 201, body: formatGitCommit(repository, commit, url) };
}

function withTime(one: z.output<typeof person>, seconds: number): Signature {
  const given = one.date === undefined ? seconds : Math.floor(Date.parse(one.date) / 1000);
  return { name: one.name, email: one.email, seconds: given };
}

export function identityOf(actor: Actor): { name: string; email: string } {
  const login = actor.kind === 'installation' ? `${actor.app.slug}[bot]` : actor.owner.login;
  const id = actor.kind === 'installation' ? actor.app.appId : String(actor.owner.id);
  return { name: login, email: `${id}+${login}@users.noreply.github.com` };
}

/** Newest first, "only commits containing this file path" with `path`. */
function listCommits({ repository, query, url }: RepositoryCall) {
  requireContent(repository);
  const head = requireCommit(repository, query['sha'] ?? `refs/heads/${repository.defaultBranch}`);
  const path = (query['path'] ?? '').replace(/^\/+|\/+$/g, '');
  const { objects } = repository;
  const log = logOf(objects, head).filter((id) => path === '' || touches(objects, id, path));
  return pageOf(
    { query, url },
    log.map((id) => formatCommit(repository, id, url)),
  );
}

export function formatGitCommit(repository: Repository, id: string, url: URL): object {
  const commit = repository.objects.commits.get(id);
  if (!commit) throw notFound();
  const { author, committer, message, tree, parents, isVerified } = commit;
  const base = `${url.origin}/repos/${fullName(repository)}/git`;
  return {
    ...{ sha: id, node_id: `C_${id}`, url: `${base}/commits/${id}` },
    author: formatPerson(author),
    committer: formatPerson(committer),
    tree: { sha: tree, url: `${base}/trees/${tree}` },
    message,
    parents: parents.map((sha) => ({ sha, url: `${base}/commits/${sha}` })),
    verification: { verified: isVerified, reason: isVerified ? 'valid' : 'unsigned', signature: null, payload: null },
  };
}

function formatCommit(repository: Repository, id: string, url: URL): object {
  const commit = repository.objects.commits.get(id);
  const git = formatGitCommit(repository, id, url);
  const base = `${url.origin}/repos/${fullName(repository)}/commits`;
  const parents = (commit?.parents ?? []).map((sha) => ({ sha, url: `${base}/${sha}` }));
  return { sha: id, node_id: `C_${id}`, url: `${base}/${id}`, commit: git, author: null, committer: null, parents };
}

function formatPerson({ name, email, seconds }: Signature): object {
  return { name, email, date: formatTime(new Date(seconds * 1000)) };
}

/** Content of a file at a commit, by whatever names the commit. */
export function findFileAt(repository: Repository, revision: string, path: string) {
  const tree = resolveTree(repository, revision);
  const entry = tree === undefined ? undefined : entryAt(repository.objects, tree, path);
  const content = entry && repository.objects.blobs.get(entry.id);
  return content && entry ? { id: entry.id, content } : undefined;
}
