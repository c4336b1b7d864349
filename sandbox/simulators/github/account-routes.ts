import type { Hono } from 'hono';
import * as z from 'zod';

import { type Actor, authenticateToken } from './github-actor.ts';
import { findOwner, type GitHubCore, nextId } from './github-core.ts';
import { GitHubError, notFound } from './github-error.ts';
import { type GitHubAnswer, type GitHubCall, plainRoute, readBody } from './github-request.ts';
import { formatRepository } from './repository-routes.ts';
import { invalidKey, isKnownKey, makeRepository, publicKeyError } from './repository-changes.ts';
import { readPublicKey } from './ssh-keys.ts';

/** What a person does with a personal token beside repositories that exist: makes them, keys, and an App's choice of them. */
export function accountRoutes(app: Hono, core: GitHubCore): void {
  plainRoute(app, core, {
    ...{ method: 'POST', path: '/orgs/:owner/repos', action: 'github:CreateRepository' },
    perform: (call) => createRepository(call, call.path('owner')),
  });
  plainRoute(app, core, {
    ...{ method: 'POST', path: '/user/repos', action: 'github:CreateRepository' },
    perform: (call) => createRepository(call, requirePerson(call).owner.login),
  });
  plainRoute(app, core, { ...{ method: 'POST', path: '/user/keys', action: 'github:CreateUserKey' }, perform: addKey });
  plainRoute(app, core, {
    ...{ method: 'DELETE', path: '/user/keys/:key', action: 'github:DeleteUserKey' },
    perform: removeKey,
  });
  const path = '/user/installations/:installation/repositories/:repository';
  plainRoute(app, core, {
    ...{ method: 'PUT', path, action: 'github:AddInstallationRepository' },
    perform: addToInstallation,
  });
}

function requirePerson({ core, bearer }: GitHubCall): Actor & { kind: 'user' } {
  const actor = authenticateToken(core.state, bearer, core.now());
  if (actor.kind !== 'user') throw new GitHubError(403, 'Resource not accessible by integration');
  return actor;
}

const repositoryBody = z.object({ name: z.string(), private: z.boolean().default(false) });

function createRepository(call: GitHubCall, login: string): GitHubAnswer {
  const { core, url } = call;
  const actor = requirePerson(call);
  const owner = findOwner(core.state, login);
  if (!owner) throw notFound();
  const { name, private: isPrivate } = readBody(repositoryBody, call.body);
  const options = { owner: owner.login, name, isPrivate, branch: 'main' };
  const repository = makeRepository(core, options, `user:${actor.owner.login}`);
  return { status: 201, body: formatRepository(core.state, { repository, actor, url }) };
}

const keyBody = z.object({ title: z.string().default('key'), key: z.string() });

function addKey(call: GitHubCall): GitHubAnswer {
  const { core } = call;
  const { owner } = requirePerson(call);
  const { title, key } = readBody(keyBody, call.body);
  const publicKey = readPublicKey(key);
  if (publicKey === undefined) throw invalidKey();
  if (isKnownKey(core, publicKey)) throw publicKeyError('key is already in use', 'key');
  const id = nextId(core.state);
  owner.keys.push({ id, title, publicKey });
  core.onChange();
  return { status: 201, body: { id, title, key: publicKey, read_only: false } };
}

function removeKey(call: GitHubCall): GitHubAnswer {
  const { owner } = requirePerson(call);
  const index = owner.keys.findIndex(({ id }) => id === Number(call.path('key')));
  if (index === -1) throw notFound();
  owner.keys.splice(index, 1);
  call.core.onChange();
  return { status: 204 };
}

/** "Add a repository to an app installation", where the owner chose "Only select repositories". */
function addToInstallation(call: GitHubCall): GitHubAnswer {
  const { core, path } = call;
  requirePerson(call);
  const installation = core.state.installations.get(Number(path('installation')));
  const repository = core.state.repositories.get(Number(path('repository')));
  if (!installation || !repository || installation.owner !== repository.owner) throw notFound();
  const { repositories } = installation;
  if (repositories !== 'all') installation.repositories = [...new Set([...repositories, repository.id])];
  core.onChange();
  return { status: 204 };
}
