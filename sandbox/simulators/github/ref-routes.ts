import type { Hono } from 'hono';
import * as z from 'zod';

import { checkRules } from './branch-rules.ts';
import type { GitHubCore } from './github-core.ts';
import { notFound, unprocessable } from './github-error.ts';
import { type GitHubAnswer, readBody, type RepositoryCall, repositoryRoute } from './github-request.ts';
import { fullName, type Repository } from './github-state.ts';
import { isForced, setRef } from './repository-changes.ts';
import { requireContent } from './revisions.ts';

const newRef = z.object({ ref: z.string(), sha: z.string() });
const movedRef = z.object({ sha: z.string(), force: z.boolean().default(false) });

/** docs.github.com, "REST API endpoints for Git references". */
export function refRoutes(app: Hono, core: GitHubCore): void {
  const write = { permission: 'contents', level: 'write' } as const;
  const read = { permission: 'contents', level: 'read' } as const;
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/git/ref/:ref{.+}', action: 'github:GetRef', needs: read },
    perform({ repository, path, url }) {
      requireContent(repository);
      const ref = `refs/${path('ref')}`;
      // "If the :ref doesn't exist …, a 404 is returned", also where longer names begin with it.
      if (!repository.refs.has(ref)) throw notFound();
      return { body: formatRef(repository, ref, url) };
    },
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/git/matching-refs/:ref{.+}', action: 'github:ListRefs', needs: read },
    perform({ repository, path, url }) {
      const refs = [...repository.refs.keys()].filter((ref) => ref.startsWith(`refs/${path('ref')}`));
      return { body: refs.sort().map((ref) => formatRef(repository, ref, url)) };
    },
  });
  repositoryRoute(app, core, {
    ...{ method: 'POST', path: '/git/refs', action: 'github:CreateRef', createsContent: true, needs: write },
    perform: createRef,
  });
  repositoryRoute(app, core, {
    ...{ method: 'PATCH', path: '/git/refs/:ref{.+}', action: 'github:UpdateRef', createsContent: true, needs: write },
    perform: updateRef,
  });
  repositoryRoute(app, core, {
    ...{ method: 'DELETE', path: '/git/refs/:ref{.+}', action: 'github:DeleteRef', needs: write },
    perform: deleteRef,
  });
}

function createRef({ core, repository, actor, by, body, url }: RepositoryCall): GitHubAnswer {
  requireContent(repository);
  const { ref, sha } = readBody(newRef, body);
  // "If it doesn't start with 'refs' and have at least two slashes, it will be rejected."
  if (!/^refs\/[^/]+\/.+/.test(ref)) throw unprocessable('Reference name must start with refs/ and have two slashes');
  if (!repository.objects.commits.has(sha)) throw unprocessable('Object does not exist');
  if (repository.refs.has(ref)) throw unprocessable('Reference already exists');
  checkRules(core.state, { repository, actor }, { ref, old: undefined, id: sha, isForced: false });
  setRef(core, { repository, by }, { ref, id: sha });
  return { status: 201, body: formatRef(repository, ref, url) };
}

/** Compared with the head as it is now: that is what makes an update a compare-and-swap for those who only go forward. */
function updateRef({ core, repository, actor, by, path, body, url }: RepositoryCall): GitHubAnswer {
  requireContent(repository);
  const ref = `refs/${path('ref')}`;
  const { sha, force } = readBody(movedRef, body);
  const old = repository.refs.get(ref);
  if (old === undefined) throw unprocessable('Reference does not exist');
  if (!repository.objects.commits.has(sha)) throw unprocessable('Object does not exist');
  const losesCommits = isForced(repository, old, sha);
  if (losesCommits && !force) throw unprocessable('Update is not a fast forward');
  if (old !== sha) {
    checkRules(core.state, { repository, actor }, { ref, old, id: sha, isForced: losesCommits });
    setRef(core, { repository, by }, { ref, id: sha });
  }
  return { body: formatRef(repository, ref, url) };
}

function deleteRef({ core, repository, actor, by, path }: RepositoryCall): GitHubAnswer {
  const ref = `refs/${path('ref')}`;
  const old = repository.refs.get(ref);
  if (old === undefined) throw unprocessable('Reference does not exist');
  checkRules(core.state, { repository, actor }, { ref, old, id: undefined, isForced: false });
  setRef(core, { repository, by }, { ref, id: undefined });
  return { status: 204 };
}

function formatRef(repository: Repository, ref: string, url: URL): object {
  const sha = repository.refs.get(ref);
  const base = `${url.origin}/repos/${fullName(repository)}/git`;
  return {
    ...{ ref, node_id: `REF_${ref}`, url: `${base}/${ref}` },
    object: { type: 'commit', sha, url: `${base}/commits/${sha ?? ''}` },
  };
}
