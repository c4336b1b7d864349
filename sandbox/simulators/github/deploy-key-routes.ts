import type { Hono } from 'hono';
import * as z from 'zod';

import { findOwner, type GitHubCore } from './github-core.ts';
import { notFound } from './github-error.ts';
import { readBody, type RepositoryCall, repositoryRoute } from './github-request.ts';
import { fullName, type RepositoryKey } from './github-state.ts';
import { pageOf } from './pages.ts';
import { addDeployKey, removeDeployKey } from './repository-changes.ts';

const keyBody = z.object({ title: z.string().optional(), key: z.string(), read_only: z.boolean().default(false) });

/** docs.github.com, "REST API endpoints for deploy keys": all of them need the permission "Administration". */
export function deployKeyRoutes(app: Hono, core: GitHubCore): void {
  const read = { permission: 'administration', level: 'read' } as const;
  const write = { permission: 'administration', level: 'write' } as const;
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/keys', action: 'github:ListDeployKeys', needs: read },
    perform: (call) =>
      pageOf(
        call,
        [...call.repository.deployKeys.values()].map((key) => formatKey(call, key)),
      ),
  });
  repositoryRoute(app, core, {
    ...{ method: 'POST', path: '/keys', action: 'github:CreateDeployKey', createsContent: true, needs: write },
    perform(call) {
      const { title, key, read_only: isReadOnly } = readBody(keyBody, call.body);
      const added = addDeployKey(core, call, { title: title ?? 'deploy key', key, isReadOnly });
      return { status: 201, body: formatKey(call, added) };
    },
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/keys/:key', action: 'github:GetDeployKey', needs: read },
    perform: (call) => ({ body: formatKey(call, findKey(call)) }),
  });
  repositoryRoute(app, core, {
    ...{ method: 'DELETE', path: '/keys/:key', action: 'github:DeleteDeployKey', needs: write },
    perform(call) {
      removeDeployKey(core, call, findKey(call));
      return { status: 204 };
    },
  });
}

function findKey({ repository, path }: RepositoryCall): RepositoryKey {
  const key = repository.deployKeys.get(Number(path('key')));
  if (!key) throw notFound();
  return key;
}

function formatKey({ core, repository, url }: RepositoryCall, key: RepositoryKey): object {
  return {
    ...{ id: key.id, key: key.publicKey, title: key.title, read_only: key.isReadOnly, verified: true },
    url: `${url.origin}/repos/${fullName(repository)}/keys/${key.id}`,
    ...{ created_at: key.createdAt, added_by: key.addedBy, last_used: null },
    enabled: findOwner(core.state, repository.owner)?.allowsDeployKeys !== false,
  };
}
