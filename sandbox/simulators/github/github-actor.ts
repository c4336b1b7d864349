import { createHash } from 'node:crypto';

import { GitHubError } from './github-error.ts';
import type { App, GitHubState, Installation, Level, Owner, Permissions, Repository, Token } from './github-state.ts';

/** Who asks for something in a repository: an installation of an App, or a person with a token of theirs. */
export type Actor =
  | {
      readonly kind: 'installation';
      readonly app: App;
      readonly installation: Installation;
      readonly repositories: 'all' | readonly number[];
      readonly permissions: Permissions;
      readonly tokenHash: string;
    }
  | { readonly kind: 'user'; readonly owner: Owner };

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** As histories name it. */
export function nameOfActor(actor: Actor): string {
  return actor.kind === 'installation' ? `installation:${actor.installation.id}` : `user:${actor.owner.login}`;
}

/** 401 for what is no token (any more); the installation of a suspended App may do nothing (ossf/allstar#314). */
export function authenticateToken(state: GitHubState, text: string, now: Date): Actor {
  const tokenHash = hashOf(text);
  const token = state.tokens.get(tokenHash);
  if (!token) throw new GitHubError(401, 'Bad credentials');
  if (token.kind === 'personal') {
    const owner = state.owners.get(token.login.toLowerCase());
    if (!owner) throw new GitHubError(401, 'Bad credentials');
    return { kind: 'user', owner };
  }
  return installationActor(state, { token, tokenHash }, now);
}

function installationActor(
  state: GitHubState,
  { token, tokenHash }: { token: Token & { kind: 'installation' }; tokenHash: string },
  now: Date,
): Actor {
  const installation = state.installations.get(token.installation);
  const app = installation && state.apps.get(installation.appId);
  if (!app || now >= new Date(token.expiresAt)) throw new GitHubError(401, 'Bad credentials');
  if (installation.suspendedAt !== undefined) throw suspended();
  const { repositories, permissions } = token;
  return { kind: 'installation', app, installation, repositories, permissions, tokenHash };
}

export function suspended(): GitHubError {
  return new GitHubError(403, 'This installation has been suspended');
}

/** May the actor see the repository at all? Public ones are seen by all. */
export function sees(actor: Actor, repository: Repository): boolean {
  return !repository.isPrivate || reaches(actor, repository);
}

/** A person here is an owner, and administers every repository of the world. */
export function reaches(actor: Actor, repository: Repository): boolean {
  if (actor.kind === 'user') return true;
  return (
    actor.installation.owner === repository.owner &&
    [actor.repositories, actor.installation.repositories].every(
      (scope) => scope === 'all' || scope.includes(repository.id),
    )
  );
}

const levels: readonly Level[] = ['read', 'write', 'admin'];

/** The token's permission and, as an owner may take one back meanwhile, the installation's. */
export function mayDo(actor: Actor, permission: string, level: Level): boolean {
  if (actor.kind === 'user') return true;
  return [actor.permissions, actor.installation.permissions].every((permissions) =>
    covers(permissions, permission, level),
  );
}

export function covers(permissions: Permissions, permission: string, level: Level): boolean {
  const granted = permissions[permission];
  return granted !== undefined && levels.indexOf(granted) >= levels.indexOf(level);
}
