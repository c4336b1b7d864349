import { gitBlobId } from '../../src/flux-bootstrap/git-blob-id.ts';
import type { FileChange, GitHost, RepositoryAddress } from '../../src/ports/git-host.ts';

/** What we may do to a repository. */
export type Right = 'admin' | 'write' | 'read' | 'none';

export const allRights: readonly Right[] = ['admin', 'write', 'read', 'none'];

/** Rules for a branch: who may push, and which paths nobody may change. */
export type BranchProtection =
  | { readonly kind: 'nobody-pushes' | 'others-push' | 'we-push' }
  | { readonly kind: 'path'; readonly pattern: string };

/** A Git host with somebody who owns it. */
export interface GitHostWorld {
  /** Each call makes another one; we are its administrator unless said otherwise. */
  createRepository(options?: {
    readonly files?: Readonly<Record<string, string>>;
    readonly branch?: string;
    readonly right?: Right;
  }): Promise<RepositoryAddress>;
  protectBranch(repository: RepositoryAddress, branch: string, protection: BranchProtection): Promise<void>;
  archive(repository: RepositoryAddress): Promise<void>;
  rename(repository: RepositoryAddress, name: string): Promise<void>;
  /** A tag on the head of `main`. */
  createTag(repository: RepositoryAddress, tag: string): Promise<void>;
  addKeyOfUser(publicKey: string): Promise<void>;
  /** With our token, or with one that the host does not know. */
  host(options?: { readonly token?: string }): GitHost;
  /** What the host says of a repository that we may not see, and of an owner that has nothing to do with us. */
  readonly unseen: 'repository-not-found' | 'app-not-installed';
  /** May the same deploy key stand in two repositories? */
  readonly sharesDeployKeys: boolean;
  close?(): Promise<void>;
}

/** What the tests of one topic get: the world that was made before them. */
export type Given = () => { world: GitHostWorld; host: GitHost };

/** For calls that nobody cuts short. */
export const never = new AbortController().signal;

/** Of every commit that the contract makes. */
export const message = 'Update manifests\n\nFleet-Operation: op-1';

/** A commit to `main`. */
export function commitOf(changes: readonly FileChange[]): {
  branch: string;
  message: string;
  changes: readonly FileChange[];
} {
  return { branch: 'main', message, changes };
}

/** The change of a file from one content to another. */
export function update(old: string, content: string): { content: string; replacesBlob: string } {
  return { content, replacesBlob: gitBlobId(old) };
}

/** The head of `main`. */
export async function headOf(host: GitHost, repository: RepositoryAddress): Promise<string> {
  const inspected = await host.inspectRepository(repository, 'main', never);
  if (inspected.kind !== 'found') throw new Error(`the test's repository: ${inspected.kind}`);
  return inspected.head;
}
