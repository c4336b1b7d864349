import type { GitHubCore } from './github-core.ts';
import type { Repository } from './github-state.ts';
import { filesOf, putBlob, putFiles } from './object-store.ts';
import { addCommit, setRef } from './repository-changes.ts';

export interface ForeignCommit {
  /** Path → content, or `null` for a file that goes. */
  readonly files: Readonly<Record<string, string | null>>;
  /** The default branch unless named. */
  readonly branch?: string;
  readonly message?: string;
  /** In place of the branch's head: the history before it is lost. */
  readonly isForced?: boolean;
  readonly by?: string;
}

/** A push by somebody who is no concern of the API; rules do not hold it up. */
export function commitByOther(core: GitHubCore, repository: Repository, commit: ForeignCommit): string {
  const { files, message = 'Change by somebody else', isForced = false, by = 'world' } = commit;
  const { objects, refs } = repository;
  const ref = `refs/heads/${commit.branch ?? repository.defaultBranch}`;
  const head = refs.get(ref);
  const tree = filesOf(objects, objects.commits.get(head ?? '')?.tree ?? '');
  for (const [path, content] of Object.entries(files)) {
    if (content === null) tree.delete(path);
    else tree.set(path, { mode: '100644', id: putBlob(objects, Buffer.from(content)) });
  }
  const parents =
    isForced && head !== undefined ? (objects.commits.get(head)?.parents ?? []) : head === undefined ? [] : [head];
  const person = { name: by, email: `${by}@example.com`, seconds: Math.floor(core.now().getTime() / 1000) };
  const id = addCommit(
    core,
    { repository, by },
    { tree: putFiles(objects, tree), parents, message, author: person, committer: person, isVerified: false },
  );
  setRef(core, { repository, by }, { ref, id });
  return id;
}
