import { randomBytes } from 'node:crypto';

import type { GitServer } from '../flux/git-server.ts';
import { hashOf } from './github-actor.ts';
import { findOwner, findRepository, type GitHubCore, nextId } from './github-core.ts';
import { fromPlain, toPlain } from '../plain-state.ts';
import {
  type BranchProtection,
  createGitHubState,
  type GitHubState,
  type Installation,
  type Owner,
  type Permissions,
  type Repository,
  type RepositoryKey,
  type Ruleset,
} from './github-state.ts';
import type { Happening } from '../history.ts';
import { entryAt } from './object-store.ts';
import { commitByOther, type ForeignCommit } from './foreign-commit.ts';
import { documentedLimits, type RateLimits } from './rate-limits.ts';
import {
  addDeployKey,
  archiveRepository,
  makeRepository,
  removeDeployKey,
  renameRepository,
  setRef,
} from './repository-changes.ts';
import { createSshAccess } from './ssh-access.ts';
import { makeHostKey, readPublicKey } from './ssh-keys.ts';

export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

export interface GitHubWorldOptions {
  readonly now?: () => Date;
  /** What `snapshot()` returned. */
  readonly from?: unknown;
  /** Called after each change and before it is answered. */
  readonly onChange?: () => void;
  /** The documented ones unless said otherwise. */
  readonly limits?: RateLimits | 'off';
}

/** A world of owners, repositories and Apps, with what owners do beside the API. Methods throw on what cannot be. */
export type GitHubWorld = ReturnType<typeof createGitHubWorld>;

export function createGitHubWorld(options: GitHubWorldOptions = {}) {
  const { from } = options;
  const saved = from === undefined ? undefined : (fromPlain(from) as { state: GitHubState; history: Happening[] });
  const core: GitHubCore = {
    state: saved?.state ?? createGitHubState(makeHostKey()),
    now: options.now ?? (() => new Date()),
    history: saved?.history ?? [],
    requests: [],
    faults: [],
    limits: options.limits ?? documentedLimits,
    treeLimit: 100_000,
    isStrictAboutTokens: true,
    onChange: options.onChange ?? (() => {}),
  };
  return Object.assign(core, {
    /** `ssh-ed25519 AAAA…`: behind a host's name it is a line of `known_hosts`. */
    hostKey: core.state.hostKey,
    sshAccess: (): GitServer => createSshAccess(core),
    /** Requests and faults are not part of it. */
    snapshot: (): unknown => toPlain({ state: core.state, history: core.history }),
    ...ownersOf(core),
    ...appsOf(core),
    ...repositoriesOf(core),
    ...settingsOf(core),
  });
}

/** Whoever does what no request asks for. */
const by = 'world';

function ownersOf(core: GitHubCore) {
  const { state } = core;
  return {
    createOwner(
      login: string,
      { kind = 'Organization', plan = 'paid' }: { kind?: Owner['kind']; plan?: 'free' | 'paid' } = {},
    ): Owner {
      if (findOwner(state, login)) throw new Error(`there is an owner ${login} already`);
      const owner: Owner = { id: nextId(state), login, kind, plan, keys: [], allowsDeployKeys: true };
      state.owners.set(login.toLowerCase(), owner);
      core.onChange();
      return owner;
    },
    allowDeployKeys(login: string, allowsDeployKeys: boolean): void {
      requireOwner(core, login).allowsDeployKeys = allowsDeployKeys;
      core.onChange();
    },
    addUserKey(login: string, publicKey: string): void {
      const read = readPublicKey(publicKey);
      if (read === undefined) throw new Error('not a public key');
      requireOwner(core, login).keys.push({ id: nextId(state), title: 'key', publicKey: read });
      core.onChange();
    },
    /** A classic token of a person, who administers everything here. */
    createPersonalToken(login: string): string {
      const token = `ghp_${randomBytes(18).toString('hex')}`;
      state.tokens.set(hashOf(token), { kind: 'personal', login: requireOwner(core, login).login });
      core.onChange();
      return token;
    },
  };
}

function appsOf(core: GitHubCore) {
  const { state } = core;
  return {
    registerApp({
      appId,
      publicKeyPem,
      slug = 'fleet-api',
    }: {
      appId: string;
      publicKeyPem: string;
      slug?: string;
    }): void {
      state.apps.set(appId, { appId, publicKeyPem, slug });
      core.onChange();
    },
    /** Of the only App unless named. */
    installApp(
      login: string,
      options: { repositories: 'all' | readonly string[]; permissions: Permissions; appId?: string },
    ): number {
      const owner = requireOwner(core, login).login;
      const appId = options.appId ?? [...state.apps.keys()][0];
      if (appId === undefined || !state.apps.has(appId)) throw new Error('no such App is registered');
      const { repositories: names } = options;
      const repositories = names === 'all' ? names : names.map((name) => requireRepository(core, { owner, name }).id);
      const permissions: Permissions = { metadata: 'read', ...options.permissions };
      const id = nextId(state);
      state.installations.set(id, { id, appId, owner, repositories, permissions, suspendedAt: undefined });
      core.onChange();
      return id;
    },
    changeInstallation(
      id: number,
      change: { repositories?: 'all' | readonly string[]; permissions?: Permissions; isSuspended?: boolean },
    ): void {
      const installation = requireInstallation(core, id);
      const { repositories: names, permissions, isSuspended } = change;
      if (names !== undefined) {
        const idOf = (name: string) => requireRepository(core, { owner: installation.owner, name }).id;
        installation.repositories = names === 'all' ? names : names.map(idOf);
      }
      if (permissions) installation.permissions = { metadata: 'read', ...permissions };
      if (isSuspended !== undefined) installation.suspendedAt = isSuspended ? core.now().toISOString() : undefined;
      core.onChange();
    },
    /** Its tokens are worth nothing from then on. */
    uninstallApp(id: number): void {
      state.installations.delete(requireInstallation(core, id).id);
      core.onChange();
    },
  };
}

function repositoriesOf(core: GitHubCore) {
  return {
    /** Without files it is empty: no commit, no branch. */
    createRepository(options: {
      owner: string;
      name: string;
      files?: Readonly<Record<string, string>>;
      branch?: string;
      isPrivate?: boolean;
    }): void {
      const { owner, name, files = {}, branch = 'main', isPrivate = true } = options;
      const owned = { owner: requireOwner(core, owner).login, name, branch, isPrivate };
      const repository = makeRepository(core, owned, by);
      if (Object.keys(files).length > 0) commitByOther(core, repository, { files, message: 'Initial commit' });
    },
    /** A commit of somebody else on top of the branch (or, forced, in its place); returns its id. */
    commitByOther: (name: RepositoryName, commit: ForeignCommit): string =>
      commitByOther(core, requireRepository(core, name), commit),
    headOf: (name: RepositoryName, branch = 'main'): string | undefined =>
      requireRepository(core, name).refs.get(`refs/heads/${branch}`),
    fileAtHead(name: RepositoryName, path: string, branch = 'main'): string | undefined {
      const { refs, objects } = requireRepository(core, name);
      const tree = objects.commits.get(refs.get(`refs/heads/${branch}`) ?? '')?.tree;
      const entry = tree === undefined ? undefined : entryAt(objects, tree, path);
      const content = entry && objects.blobs.get(entry.id);
      return content && Buffer.from(content).toString();
    },
    /** A tag on the head of the default branch. */
    createTag(name: RepositoryName, tag: string): void {
      const repository = requireRepository(core, name);
      const id = repository.refs.get(`refs/heads/${repository.defaultBranch}`);
      if (id === undefined) throw new Error('an empty repository has nothing to tag');
      setRef(core, { repository, by }, { ref: `refs/tags/${tag}`, id });
    },
    deployKeys: (name: RepositoryName): RepositoryKey[] => [...requireRepository(core, name).deployKeys.values()],
    addDeployKey: (name: RepositoryName, key: { title: string; key: string; isReadOnly: boolean }): RepositoryKey =>
      addDeployKey(core, { repository: requireRepository(core, name), by }, key),
    removeDeployKey(name: RepositoryName, id: number): void {
      const repository = requireRepository(core, name);
      const key = repository.deployKeys.get(id);
      if (key) removeDeployKey(core, { repository, by }, key);
    },
  };
}

function settingsOf(core: GitHubCore) {
  const { state } = core;
  return {
    /** Classic protection. */
    protectBranch(name: RepositoryName, branch: string, protection: BranchProtection): void {
      requireRepository(core, name).protections.set(branch, protection);
      core.onChange();
    },
    unprotectBranch(name: RepositoryName, branch: string): void {
      requireRepository(core, name).protections.delete(branch);
      core.onChange();
    },
    /** For one repository, or for all of an organization; returns its id. */
    addRuleset(
      on: { owner: string; name?: string },
      ruleset: Partial<Ruleset> & Pick<Ruleset, 'name' | 'rules'>,
    ): number {
      const { owner, name } = on;
      const id = nextId(state);
      state.rulesets.set(id, {
        ...{ target: 'branch', enforcement: 'active', bypassActors: [] },
        conditions: { include: ['~DEFAULT_BRANCH'], exclude: [] },
        ...ruleset,
        ...{ id, source: name === undefined ? { owner } : { repository: requireRepository(core, { owner, name }).id } },
      });
      core.onChange();
      return id;
    },
    removeRuleset(id: number): void {
      state.rulesets.delete(id);
      core.onChange();
    },
    archive: (name: RepositoryName, isArchived = true): void =>
      archiveRepository(core, { repository: requireRepository(core, name), by }, isArchived),
    rename: (name: RepositoryName, newName: string): void =>
      renameRepository(core, { repository: requireRepository(core, name), by }, newName),
  };
}

function requireOwner({ state }: GitHubCore, login: string): Owner {
  const owner = findOwner(state, login);
  if (!owner) throw new Error(`there is no owner ${login}`);
  return owner;
}

function requireRepository({ state }: GitHubCore, name: RepositoryName): Repository {
  const repository = findRepository(state, name);
  if (!repository) throw new Error(`there is no repository ${name.owner}/${name.name}`);
  return repository;
}

function requireInstallation({ state }: GitHubCore, id: number): Installation {
  const installation = state.installations.get(id);
  if (!installation) throw new Error(`there is no installation ${id}`);
  return installation;
}
