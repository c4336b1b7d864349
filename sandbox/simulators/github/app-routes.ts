import { randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import * as z from 'zod';

import { authenticateApp, requireInstallationOf } from './app-jwt.ts';
import { authenticateToken, covers, hashOf, suspended } from './github-actor.ts';
import { findOwner, findRenamed, findRepository, formatTime, type GitHubCore, record } from './github-core.ts';
import { GitHubError, notFound, unprocessable } from './github-error.ts';
import { type GitHubAnswer, type GitHubCall, plainRoute, readBody } from './github-request.ts';
import { fullName, type GitHubState, type Installation, type Permissions, type Token } from './github-state.ts';

const level = z.enum(['read', 'write', 'admin']);

const tokenBody = z.object({
  repositories: z.array(z.string()).max(500).optional(),
  repository_ids: z.array(z.int()).max(500).optional(),
  permissions: z.record(z.string(), level).optional(),
});

/** docs.github.com, "REST API endpoints for GitHub Apps". */
export function appRoutes(app: Hono, core: GitHubCore): void {
  plainRoute(app, core, {
    ...{ method: 'GET', path: '/app', action: 'github:GetApp' },
    perform({ bearer, url }) {
      const { appId, slug } = authenticateApp(core.state, bearer, core.now());
      return { body: { id: Number(appId), slug, name: slug, html_url: `${url.origin}/apps/${slug}` } };
    },
  });
  plainRoute(app, core, {
    ...{ method: 'GET', path: '/repos/:owner/:repo/installation', action: 'github:GetRepositoryInstallation' },
    perform: getRepositoryInstallation,
  });
  for (const kind of ['users', 'orgs']) {
    plainRoute(app, core, {
      ...{ method: 'GET', path: `/${kind}/:owner/installation`, action: 'github:GetOwnerInstallation' },
      perform: getOwnerInstallation,
    });
  }
  plainRoute(app, core, {
    ...{ method: 'POST', path: '/app/installations/:installation/access_tokens' },
    action: 'github:CreateInstallationToken',
    perform: createToken,
  });
  plainRoute(app, core, {
    ...{ method: 'DELETE', path: '/installation/token', action: 'github:RevokeInstallationToken' },
    perform: revokeToken,
  });
  plainRoute(app, core, {
    ...{ method: 'GET', path: '/orgs/:owner', action: 'github:GetOrganization' },
    perform: getOrganization,
  });
}

function getRepositoryInstallation({ core, bearer, path, url }: GitHubCall): GitHubAnswer {
  const { state } = core;
  const app = authenticateApp(state, bearer, core.now());
  const name = { owner: path('owner'), name: path('repo') };
  const repository = findRepository(state, name);
  const renamed = repository ? undefined : findRenamed(state, name);
  const found = repository ?? renamed;
  const installation = [...state.installations.values()].find(
    (one) =>
      one.appId === app.appId &&
      one.owner === found?.owner &&
      (one.repositories === 'all' || one.repositories.includes(found.id)),
  );
  if (!installation || !found) throw notFound();
  if (renamed) {
    const location = `${url.origin}/repositories/${renamed.id}/installation`;
    return { status: 301, body: { message: 'Moved Permanently', url: location }, headers: { location } };
  }
  return { body: formatInstallation(state, installation) };
}

function getOwnerInstallation({ core, bearer, path }: GitHubCall): GitHubAnswer {
  const app = authenticateApp(core.state, bearer, core.now());
  const installation = [...core.state.installations.values()].find(
    ({ appId, owner }) => appId === app.appId && owner.toLowerCase() === path('owner').toLowerCase(),
  );
  if (!installation) throw notFound();
  return { body: formatInstallation(core.state, installation) };
}

function formatInstallation(state: GitHubState, installation: Installation): object {
  const { id, appId, owner, permissions, repositories, suspendedAt } = installation;
  const kind = findOwner(state, owner)?.kind;
  return {
    ...{ id, app_id: Number(appId), app_slug: state.apps.get(appId)?.slug, target_type: kind },
    account: { login: owner, type: kind },
    repository_selection: repositories === 'all' ? 'all' : 'selected',
    permissions,
    ...{ suspended_at: suspendedAt ?? null, suspended_by: null },
  };
}

/** An hour, for the repositories and permissions asked for, or for all that the installation has. */
function createToken({ core, bearer, path, body }: GitHubCall): GitHubAnswer {
  const { state } = core;
  const app = authenticateApp(state, bearer, core.now());
  const installation = requireInstallationOf(state, app, Number(path('installation')));
  if (installation.suspendedAt !== undefined) throw suspended();
  const asked = readBody(tokenBody, body);
  const named = (asked.repositories?.length ?? 0) + (asked.repository_ids?.length ?? 0);
  if (core.isStrictAboutTokens && (named !== 1 || Object.keys(asked.permissions ?? {}).length === 0)) {
    throw unprocessable('This simulator gives tokens for exactly one repository with explicit permissions only.');
  }
  const repositories = reachableRepositories(core, installation, asked);
  const permissions = grantedPermissions(installation, asked.permissions);
  const token = `ghs_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x')}`;
  const expiresAt = formatTime(new Date(core.now().getTime() + 3_600_000));
  const stored: Token = {
    ...{ kind: 'installation', installation: installation.id, permissions, expiresAt },
    repositories: repositories === 'all' ? 'all' : repositories.map(({ id }) => id),
  };
  forgetExpired(core);
  state.tokens.set(hashOf(token), stored);
  const names = repositories === 'all' ? 'all' : repositories.map(fullName);
  recordToken(
    core,
    { tokenHash: hashOf(token), installation, action: 'github:CreateInstallationToken' },
    {
      ...{ repositories: names, permissions, expiresAt },
    },
  );
  return {
    status: 201,
    body: {
      ...{ token, expires_at: expiresAt, permissions },
      repository_selection: repositories === 'all' ? 'all' : 'selected',
      ...(repositories !== 'all' && {
        repositories: repositories.map((one) => ({ id: one.id, name: one.name, full_name: fullName(one) })),
      }),
    },
  };
}

/** An expired token and one that never was are answered alike. */
function forgetExpired({ state, now }: GitHubCore): void {
  for (const [hash, token] of state.tokens) {
    if (token.kind === 'installation' && now() >= new Date(token.expiresAt)) state.tokens.delete(hash);
  }
}

/** By names and ids; "cannot be granted access to repositories that the installation was not granted access to". */
function reachableRepositories(
  { state }: GitHubCore,
  { owner, repositories: installed }: Installation,
  asked: z.output<typeof tokenBody>,
) {
  if (!asked.repositories && !asked.repository_ids) {
    if (installed === 'all') return 'all';
    return installed.flatMap((id) => state.repositories.get(id) ?? []);
  }
  const found = [
    ...(asked.repositories ?? []).map((name) => findRepository(state, { owner, name })),
    ...(asked.repository_ids ?? []).map((id) => state.repositories.get(id)),
  ];
  return found.map((repository) => {
    const isReached = installed === 'all' || (repository !== undefined && installed.includes(repository.id));
    if (repository?.owner !== owner || !isReached) {
      throw unprocessable(
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      );
    }
    return repository;
  });
}

/** "Metadata" comes with every token. Text: actions/create-github-app-token and martinbaillie/vault-plugin-secrets-github#101. */
function grantedPermissions({ permissions: granted }: Installation, asked: Permissions | undefined): Permissions {
  if (!asked) return granted;
  if (!Object.entries(asked).every(([name, wanted]) => covers(granted, name, wanted))) {
    throw unprocessable('The permissions requested are not granted to this installation.');
  }
  return { metadata: 'read', ...asked };
}

function revokeToken({ core, bearer }: GitHubCall): GitHubAnswer {
  const actor = authenticateToken(core.state, bearer, core.now());
  if (actor.kind !== 'installation') throw new GitHubError(403, 'Resource not accessible by personal access token');
  const { installation, tokenHash } = actor;
  core.state.tokens.delete(tokenHash);
  recordToken(core, { installation, tokenHash, action: 'github:RevokeInstallationToken' }, {});
  return { status: 204 };
}

/** Tokens are told apart by the start of their digest. */
function recordToken(
  core: GitHubCore,
  { tokenHash, installation, action }: { tokenHash: string; installation: Installation; action: string },
  detail: Readonly<Record<string, unknown>>,
): void {
  record(core, {
    action,
    by: `app:${installation.appId}`,
    target: installation.owner,
    detail: { tokenId: tokenHash.slice(0, 12), installation: installation.id, ...detail, changed: true },
  });
}

/** `deploy_keys_enabled_for_repositories` is among what an organization shows to those who administer it. */
function getOrganization({ core, bearer, path }: GitHubCall): GitHubAnswer {
  const actor = authenticateToken(core.state, bearer, core.now());
  const owner = findOwner(core.state, path('owner'));
  if (owner?.kind !== 'Organization') throw notFound();
  const isInside =
    actor.kind === 'user' ||
    (actor.installation.owner === owner.login && covers(actor.permissions, 'organization_administration', 'read'));
  return {
    body: {
      ...{ login: owner.login, id: owner.id, type: 'Organization' },
      ...(isInside && { deploy_keys_enabled_for_repositories: owner.allowsDeployKeys }),
    },
  };
}
