import { GitHubError, notFound } from './github-error.ts';
import type { Repository } from './github-state.ts';

/** Most of the Git database API answers this for a repository without a commit (docs.github.com, "Git database"). */
export function requireContent({ refs }: Repository): void {
  if (refs.size === 0) throw new GitHubError(409, 'Git Repository is empty.');
}

/**
 * The commit that a name stands for, in the order of gitrevisions(7): an id, a full ref, a tag, a branch. A tag is taken
 * before a branch of the same name.
 */
export function resolveCommit(repository: Repository, revision: string): string | undefined {
  if (repository.objects.commits.has(revision)) return revision;
  const names = [revision, `refs/${revision}`, `refs/tags/${revision}`, `refs/heads/${revision}`];
  return names.map((name) => repository.refs.get(name)).find((id) => id !== undefined);
}

/** A tree by its id, or by a commit that has it. */
export function resolveTree(repository: Repository, revision: string): string | undefined {
  if (repository.objects.trees.has(revision)) return revision;
  const commit = resolveCommit(repository, revision);
  return commit === undefined ? undefined : repository.objects.commits.get(commit)?.tree;
}

export function requireCommit(repository: Repository, revision: string): string {
  const commit = resolveCommit(repository, revision);
  if (commit === undefined) throw notFound();
  return commit;
}
