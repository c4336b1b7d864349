import { createHash } from 'node:crypto';

import { type GitHubCore, formatTime, nextId, record } from './github-core.ts';
import { validationFailed } from './github-error.ts';
import { fullName, nameKey, type Repository, type RepositoryKey } from './github-state.ts';
import { changedPaths, createObjectStore, isAncestor, logOf, putCommit, type StoredCommit } from './object-store.ts';
import { readPublicKey } from './ssh-keys.ts';

/** The changes that a repository can suffer, each with its line in the history; whoever calls has decided on the right to. */

export interface By {
  readonly repository: Repository;
  /** As the history names it. */
  readonly by: string;
}

export function addCommit(core: GitHubCore, { repository, by }: By, commit: StoredCommit): string {
  const isNew = repository.objects.commits.size;
  const id = putCommit(repository.objects, commit);
  record(core, {
    action: 'github:CreateCommit',
    by,
    target: fullName(repository),
    detail: {
      commit: id,
      tree: commit.tree,
      parents: commit.parents,
      message: commit.message,
      changedPaths: changedPaths(repository.objects, commit.parents[0], id),
      changed: repository.objects.commits.size > isNew,
    },
  });
  return id;
}

/** Would the ref lose commits? */
export function isForced({ objects }: Repository, old: string | undefined, id: string): boolean {
  return old !== undefined && !isAncestor(objects, old, id);
}

/** Makes, moves (`id`) or deletes (no `id`) a ref. */
export function setRef(
  core: GitHubCore,
  { repository, by }: By,
  { ref, id }: { readonly ref: string; readonly id: string | undefined },
): void {
  const old = repository.refs.get(ref);
  keepPrevious(repository);
  if (id === undefined) repository.refs.delete(ref);
  else repository.refs.set(ref, id);
  const action = id === undefined ? 'DeleteRef' : old === undefined ? 'CreateRef' : 'UpdateRef';
  record(core, {
    action: `github:${action}`,
    by,
    target: fullName(repository),
    detail: {
      ref,
      old: old ?? null,
      new: id ?? null,
      isForced: id !== undefined && isForced(repository, old, id),
      commits: id === undefined ? [] : newCommits(repository, old, id),
      changed: old !== id,
    },
  });
}

/** What an auditor asks of a push: each commit that it brought. */
function newCommits({ objects }: Repository, old: string | undefined, id: string): object[] {
  const known = new Set(old === undefined ? [] : logOf(objects, old));
  return logOf(objects, id)
    .filter((commit) => !known.has(commit))
    .map((commit) => {
      const { message = '', parents = [] } = objects.commits.get(commit) ?? {};
      return { commit, message, changedPaths: changedPaths(objects, parents[0], commit) };
    });
}

/**
 * "Deploy keys … you can't reuse": one public key is known to all of GitHub once, as a key of a repository or of a user
 * (docs.github.com, "Error: Key already in use"). Texts: jcabi/jcabi-github#608, vitodeploy/vito#949,
 * activebridge/projectr#82.
 */
export function addDeployKey(
  core: GitHubCore,
  { repository, by }: By,
  key: { readonly title: string; readonly key: string; readonly isReadOnly: boolean },
): RepositoryKey {
  const publicKey = readPublicKey(key.key);
  if (publicKey === undefined) throw invalidKey();
  if (core.state.owners.get(repository.owner.toLowerCase())?.allowsDeployKeys === false) {
    throw publicKeyError('Deploy keys are disabled for this repository');
  }
  if (isKnownKey(core, publicKey)) throw publicKeyError('key is already in use', 'key');
  const added: RepositoryKey = {
    id: nextId(core.state),
    title: key.title,
    publicKey,
    isReadOnly: key.isReadOnly,
    createdAt: formatTime(core.now()),
    addedBy: by,
  };
  keepPrevious(repository);
  repository.deployKeys.set(added.id, added);
  recordKey(core, { repository, by }, { action: 'github:CreateDeployKey', key: added });
  return added;
}

export function removeDeployKey(core: GitHubCore, { repository, by }: By, key: RepositoryKey): void {
  keepPrevious(repository);
  repository.deployKeys.delete(key.id);
  recordKey(core, { repository, by }, { action: 'github:DeleteDeployKey', key });
}

function recordKey(
  core: GitHubCore,
  { repository, by }: By,
  { action, key }: { readonly action: string; readonly key: RepositoryKey },
): void {
  const { id, title, publicKey, isReadOnly } = key;
  const detail = { keyId: String(id), title, fingerprint: fingerprintOf(publicKey), isReadOnly, changed: true };
  record(core, { action, by, target: fullName(repository), detail });
}

export function isKnownKey({ state }: GitHubCore, publicKey: string): boolean {
  const keys = [
    ...[...state.repositories.values()].flatMap(({ deployKeys }) => [...deployKeys.values()]),
    ...[...state.owners.values()].flatMap((owner) => owner.keys),
  ];
  return keys.some((one) => one.publicKey === publicKey);
}

export function invalidKey() {
  return publicKeyError('key is invalid. You must supply a key in OpenSSH public key format', 'key');
}

export function publicKeyError(message: string, field?: string) {
  return validationFailed({ resource: 'PublicKey', code: 'custom', ...(field !== undefined && { field }), message });
}

/** As `ssh-keygen -l` prints it. */
function fingerprintOf(publicKey: string): string {
  const wire = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(wire).digest('base64').replace(/=+$/, '')}`;
}

export function archiveRepository(core: GitHubCore, { repository, by }: By, isArchived: boolean): void {
  repository.isArchived = isArchived;
  const detail = { isArchived, changed: true };
  record(core, { action: 'github:UpdateRepository', by, target: fullName(repository), detail });
}

/** The former name leads to the repository until somebody takes it ("Renaming a repository"). */
export function renameRepository(core: GitHubCore, { repository, by }: By, name: string): void {
  const former = fullName(repository);
  if (core.state.names.has(nameKey({ owner: repository.owner, name }))) {
    throw nameTaken();
  }
  core.state.names.delete(nameKey(repository));
  core.state.formerNames.set(nameKey(repository), repository.id);
  repository.name = name;
  core.state.names.set(nameKey(repository), repository.id);
  record(core, { action: 'github:UpdateRepository', by, target: former, detail: { name, changed: true } });
}

export function deleteRepository(core: GitHubCore, { repository, by }: By): void {
  const { state } = core;
  state.names.delete(nameKey(repository));
  for (const [former, id] of state.formerNames) if (id === repository.id) state.formerNames.delete(former);
  for (const [id, { source }] of state.rulesets) {
    if ('repository' in source && source.repository === repository.id) state.rulesets.delete(id);
  }
  state.repositories.delete(repository.id);
  record(core, { action: 'github:DeleteRepository', by, target: fullName(repository), detail: { changed: true } });
}

function keepPrevious(repository: Repository): void {
  repository.previous = { refs: new Map(repository.refs), deployKeys: new Map(repository.deployKeys) };
}

/** Empty: its default branch is a name only until there is a commit. */
export function makeRepository(
  core: GitHubCore,
  options: { owner: string; name: string; branch: string; isPrivate: boolean },
  by: string,
): Repository {
  const { state } = core;
  const { owner, name, branch, isPrivate } = options;
  if (state.names.has(nameKey({ owner, name }))) throw nameTaken();
  const repository: Repository = {
    ...{ id: nextId(state), owner, name, isPrivate, isArchived: false, defaultBranch: branch },
    ...{ objects: createObjectStore(), refs: new Map(), deployKeys: new Map(), protections: new Map() },
    previous: undefined,
  };
  state.repositories.set(repository.id, repository);
  state.names.set(nameKey(repository), repository.id);
  record(core, { action: 'github:CreateRepository', by, target: fullName(repository), detail: { changed: true } });
  return repository;
}

function nameTaken() {
  return validationFailed({
    ...{ resource: 'Repository', code: 'custom', field: 'name', message: 'name already exists on this account' },
  });
}
