/** A repository at one Git host; the host itself is known by the port's owner. */
export interface RepositoryAddress {
  readonly owner: string;
  readonly name: string;
  /** Id of the job that asks; its calls share what the host lets it in with, until `endJob`. Absent: this one call. */
  readonly job?: string;
}

export type InspectedRepository =
  | { readonly kind: 'repository-not-found' }
  /** The host lets us in by an App, and nobody has installed it for this repository. */
  | { readonly kind: 'app-not-installed'; readonly detail: string }
  | { readonly kind: 'branch-not-found' }
  | {
      readonly kind: 'found';
      /** Commit id of the branch's head. */
      readonly head: string;
      readonly canPush: boolean;
      /** Why a direct commit to the branch would be refused; absent when it would not. */
      readonly protection?: string;
      readonly allowsDeployKeys: boolean;
    };

/** A path from the repository's root → id of its blob (`git hash-object`). */
export type FolderListing = ReadonlyMap<string, string>;

export interface FileChange {
  readonly path: string;
  readonly content: string;
  /** The blob that this replaces; absent: there must be no such file. */
  readonly replacesBlob?: string;
}

export interface CommitRequest {
  readonly branch: string;
  readonly message: string;
  readonly changes: readonly FileChange[];
  /**
   * Asked each time that the head is known which the commit will build upon: whoever was overtaken by a newer plan writes
   * nothing. Where the host takes no head to build upon (Gitea), the blobs alone guard the moment after the answer.
   */
  readonly isStillWanted?: () => Promise<boolean>;
}

export type CommitOutcome =
  | { readonly kind: 'committed'; readonly commit: string }
  /** Something that we read has changed since: read again, render again. Nothing was written. */
  | { readonly kind: 'conflict'; readonly detail: string }
  /** No longer wanted. */
  | { readonly kind: 'called-off' }
  | { readonly kind: 'branch-protected' | 'push-not-allowed'; readonly detail: string };

export interface DeployKey {
  readonly id: string;
  readonly title: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string;
  readonly isReadOnly: boolean;
}

export type AddedDeployKey =
  | { readonly kind: 'added'; readonly key: DeployKey }
  /** The host knows this public key already: here, in another repository or as a user's key. */
  | { readonly kind: 'in-use'; readonly detail: string }
  | { readonly kind: 'deploy-keys-disabled'; readonly detail: string };

/** What the product asks of a Git host. Failures that no union covers are `OutsideCallError`s. */
export interface GitHost {
  /** `ssh://git@host[:port]/owner/name.git`, as Flux will read it. */
  sshUrl(repository: RepositoryAddress): string;
  /** The pinned host keys as lines of `known_hosts`; empty when none is configured. */
  readonly knownHosts: string;
  /** One key may read several repositories; otherwise the host knows a key once, whoever has it. */
  readonly sharesDeployKeys: boolean;
  inspectRepository(repository: RepositoryAddress, branch: string, signal: AbortSignal): Promise<InspectedRepository>;
  /** Files below `folder` at a commit, recursively; empty when there is no such folder. */
  listFolder(
    repository: RepositoryAddress,
    at: { commit: string; folder: string },
    signal: AbortSignal,
  ): Promise<FolderListing>;
  /** Content of a blob as UTF-8 text. */
  readBlob(repository: RepositoryAddress, blob: string, signal: AbortSignal): Promise<string>;
  /** One commit with all changes on top of the branch, or nothing. Never rewrites history. */
  commitFiles(repository: RepositoryAddress, request: CommitRequest, signal: AbortSignal): Promise<CommitOutcome>;
  /** The newest commit of the branch that touched a path; `undefined` when none did. */
  lastCommit(
    repository: RepositoryAddress,
    of: { branch: string; path: string },
    signal: AbortSignal,
  ): Promise<{ readonly commit: string; readonly message: string } | undefined>;
  listDeployKeys(repository: RepositoryAddress, signal: AbortSignal): Promise<readonly DeployKey[]>;
  /** Registers a key that can only read. */
  addDeployKey(
    repository: RepositoryAddress,
    key: { title: string; publicKey: string },
    signal: AbortSignal,
  ): Promise<AddedDeployKey>;
  /** Gone already is success. */
  removeDeployKey(repository: RepositoryAddress, id: string, signal: AbortSignal): Promise<void>;
  /** No call of the job will follow: what it was let in with is given back. Never fails; called again, does nothing. */
  endJob(job: string): Promise<void>;
}
