import type { ObjectStore } from './object-store.ts';

/** What the simulator knows, as plain data: it can be written to disk and read again (`../plain-state.ts`). */
export interface GitHubState {
  readonly owners: Map<string, Owner>;
  readonly repositories: Map<number, Repository>;
  /** `owner/name` in lower case → id; names do not tell upper from lower case. */
  readonly names: Map<string, number>;
  /** Names that repositories had before → id, until somebody takes the name again. */
  readonly formerNames: Map<string, number>;
  readonly apps: Map<string, App>;
  readonly installations: Map<number, Installation>;
  /** By SHA-256: the tokens themselves are kept nowhere. */
  readonly tokens: Map<string, Token>;
  readonly rulesets: Map<number, Ruleset>;
  /** The server's own key, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  lastId: number;
}

export interface Owner {
  readonly id: number;
  readonly login: string;
  readonly kind: 'Organization' | 'User';
  /** Of a free one private repositories have no rules; absent, in older snapshots as well, is a plan that has all. */
  readonly plan?: 'free' | 'paid';
  /** Keys of the user, `<algorithm> <base64>`. */
  readonly keys: UserKey[];
  /** The organization's setting "Deploy keys" (docs.github.com, "Restricting deploy keys in your organization"). */
  allowsDeployKeys: boolean;
}

export interface UserKey {
  readonly id: number;
  readonly title: string;
  readonly publicKey: string;
}

export interface Repository {
  readonly id: number;
  readonly owner: string;
  name: string;
  readonly isPrivate: boolean;
  isArchived: boolean;
  defaultBranch: string;
  readonly objects: ObjectStore;
  /** `refs/heads/main` → commit. */
  readonly refs: Map<string, string>;
  readonly deployKeys: Map<number, RepositoryKey>;
  /** Classic protection by branch. */
  readonly protections: Map<string, BranchProtection>;
  /** What refs and keys were before the last change, for reads that are behind. */
  previous: Pick<Repository, 'refs' | 'deployKeys'> | undefined;
}

export interface RepositoryKey {
  readonly id: number;
  readonly title: string;
  /** `<algorithm> <base64>`. */
  readonly publicKey: string;
  readonly isReadOnly: boolean;
  readonly createdAt: string;
  readonly addedBy: string;
}

/** As much of classic branch protection as decides about a push (docs.github.com, "About protected branches"). */
export interface BranchProtection {
  readonly requiredReviews?: number;
  readonly requiredChecks?: readonly string[];
  /** Only these may push: slugs of Apps, logins of users; absent is everybody with the right to. */
  readonly restrictions?: { readonly apps: readonly string[]; readonly users: readonly string[] };
  readonly isLocked?: boolean;
  readonly allowsForcePushes?: boolean;
  readonly bindsAdministrators?: boolean;
}

export type Level = 'read' | 'write' | 'admin';
/** Such as `{ contents: 'write', metadata: 'read' }`. */
export type Permissions = Readonly<Record<string, Level>>;

export interface App {
  readonly appId: string;
  readonly slug: string;
  readonly publicKeyPem: string;
}

export interface Installation {
  readonly id: number;
  readonly appId: string;
  readonly owner: string;
  /** Ids of repositories. */
  repositories: 'all' | readonly number[];
  permissions: Permissions;
  suspendedAt: string | undefined;
}

export type Token =
  | {
      readonly kind: 'installation';
      readonly installation: number;
      readonly repositories: 'all' | readonly number[];
      readonly permissions: Permissions;
      readonly expiresAt: string;
    }
  | { readonly kind: 'personal'; readonly login: string };

/** docs.github.com, "REST API endpoints for rules". */
export interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly target: 'branch' | 'tag' | 'push';
  /** A whole organization, or one repository. */
  readonly source: { readonly owner: string } | { readonly repository: number };
  readonly enforcement: 'active' | 'evaluate' | 'disabled';
  readonly bypassActors: readonly BypassActor[];
  readonly conditions: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  readonly rules: readonly Rule[];
}

export interface BypassActor {
  readonly actor_id: number | null;
  readonly actor_type: 'Integration' | 'OrganizationAdmin' | 'RepositoryRole' | 'Team' | 'DeployKey';
  readonly bypass_mode: 'always' | 'pull_request' | 'exempt';
}

export interface Rule {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export function createGitHubState(hostKey: string): GitHubState {
  return {
    owners: new Map(),
    repositories: new Map(),
    names: new Map(),
    formerNames: new Map(),
    apps: new Map(),
    installations: new Map(),
    tokens: new Map(),
    rulesets: new Map(),
    hostKey,
    lastId: 0,
  };
}

export function fullName({ owner, name }: { owner: string; name: string }): string {
  return `${owner}/${name}`;
}

export function nameKey(repository: { owner: string; name: string }): string {
  return fullName(repository).toLowerCase();
}
