import type { Context, Hono } from 'hono';
import * as z from 'zod';

import { ConnectionReset, withFaults } from '../faults.ts';
import { issuerOf } from './app-jwt.ts';
import { type Actor, authenticateToken, hashOf, mayDo, nameOfActor, reaches, sees } from './github-actor.ts';
import { findRenamed, findRepository, type GitHubCore } from './github-core.ts';
import { GitHubError, notFound, unprocessable } from './github-error.ts';
import type { Level, Repository } from './github-state.ts';
import {
  callers,
  isApp,
  primaryLimit,
  primaryLimitError,
  type RequestRecord,
  secondaryLimitError,
} from './rate-limits.ts';

export interface GitHubAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GitHubCall {
  readonly core: GitHubCore;
  readonly path: (name: string) => string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Without the query. */
  readonly url: URL;
  readonly bearer: string;
}

/** A call on a repository by somebody who may make it. */
export interface RepositoryCall extends GitHubCall {
  readonly actor: Actor;
  readonly by: string;
  /** For reads that a fault makes stale, as it was before its last change. */
  readonly repository: Repository;
}

interface Described {
  /** As faults, request records and histories name it: `github:UpdateRef`. */
  readonly action: string;
  readonly createsContent?: boolean;
}

export interface PlainOperation extends Described {
  readonly perform: (call: GitHubCall) => GitHubAnswer;
}

export interface RepositoryOperation extends Described {
  /** docs.github.com, "Permissions required for GitHub Apps". */
  readonly needs: { readonly permission: string; readonly level: Level };
  readonly perform: (call: RepositoryCall) => GitHubAnswer;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A route that is about no repository. */
export function plainRoute(
  app: Hono,
  core: GitHubCore,
  { method, path, ...operation }: PlainOperation & { method: Method; path: string },
): void {
  app.on(method, path, (c) => answer(core, operation, { c, perform: (call) => operation.perform(call) }));
}

/** `path` follows `/repos/:owner/:repo`, and `/repositories/:id` to which redirects lead. */
export function repositoryRoute(
  app: Hono,
  core: GitHubCore,
  { method, path, ...operation }: RepositoryOperation & { method: Method; path: string },
): void {
  for (const start of ['/repos/:owner/:repo', '/repositories/:id']) {
    app.on(method, `${start}${path}`, (c) =>
      answer(core, operation, { c, perform: (call, isStale) => performOn(call, { c, operation, isStale }) }),
    );
  }
}

async function answer(
  core: GitHubCore,
  operation: Described,
  { c, perform }: { c: Context; perform: (call: GitHubCall, isStale: boolean) => GitHubAnswer },
): Promise<Response> {
  const { action, createsContent = false } = operation;
  const call = await readCall(core, c);
  const request: RequestRecord = {
    ...{ at: core.now(), action, createsContent, status: 0 },
    caller: callerOf(core, call),
  };
  core.requests.push(request);
  // Octokit's own correction of a clock that is wrong goes by this header.
  const headers: Record<string, string> = { date: core.now().toUTCString(), 'x-github-media-type': 'github.v3' };
  try {
    const given = await withFaults<GitHubAnswer>(core, action, {
      async perform(isStale) {
        checkLimits(core, request, headers);
        return perform(call, isStale);
      },
      refuse: ({ status, message, retryAfterSeconds }) => ({
        status,
        body: { message, documentation_url: documentation, status: String(status) },
        headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
      }),
    });
    return respond(request, given, headers);
  } catch (error) {
    if (error instanceof ConnectionReset || !(error instanceof GitHubError)) throw error;
    return respond(request, errorAnswer(error), headers);
  }
}

const documentation = 'https://docs.github.com/rest';

function errorAnswer({ status, message, errors, headers }: GitHubError): GitHubAnswer {
  const body = { message, ...(errors && { errors }), documentation_url: documentation, status: String(status) };
  return { status, body, headers };
}

function respond(request: RequestRecord, given: GitHubAnswer, common: Readonly<Record<string, string>>): Response {
  const { status = 200, body, headers = {} } = given;
  request.status = status;
  const retryAfter = headers['retry-after'];
  if (retryAfter !== undefined) request.retryAfterSeconds = Number(retryAfter);
  const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
  return new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { ...common, ...type, ...headers },
  });
}

async function readCall(core: GitHubCore, c: Context): Promise<GitHubCall> {
  const text = await c.req.text();
  return {
    core,
    path: (name) => c.req.param(name) ?? '',
    query: c.req.query(),
    body: readJson(text),
    url: new URL(c.req.url),
    bearer: /^(?:bearer|token) (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '',
  };
}

const notJson = Symbol('not JSON');

function readJson(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}

/** Of the token, whatever becomes of the request: a token that ended still names its installation. */
function callerOf({ state }: GitHubCore, { bearer }: GitHubCall): string | undefined {
  const token = state.tokens.get(hashOf(bearer));
  if (token?.kind === 'installation') return callers.installation(token.installation);
  const app = issuerOf(state, bearer);
  return app && callers.app(app.appId);
}

function checkLimits(core: GitHubCore, request: RequestRecord, headers: Record<string, string>): void {
  const { limits, requests } = core;
  const { caller } = request;
  if (limits === 'off' || caller === undefined) return;
  const place = { caller, limits, now: core.now() };
  const primary = primaryLimit(requests, place);
  if (primary.isExceeded || !isApp(caller)) Object.assign(headers, primary.headers);
  if (primary.isExceeded) throw primaryLimitError(caller);
  const refusal = request.createsContent ? secondaryLimitError(requests, place) : undefined;
  if (refusal) throw refusal;
}

function performOn(
  call: GitHubCall,
  { c, operation, isStale }: { c: Context; operation: RepositoryOperation; isStale: boolean },
): GitHubAnswer {
  const { core, bearer, body } = call;
  const actor = authenticateToken(core.state, bearer, core.now());
  const found = locate(call, actor);
  if (found.kind === 'moved') return redirect(call, found.repository, c.req.method);
  const { repository } = found;
  requirePermission(actor, operation, repository);
  const isWrite = c.req.method !== 'GET';
  // jenkins-infra and many others have met it; docs.github.com, "Archiving repositories": everything is read-only.
  if (isWrite && repository.isArchived && !mayChangeArchived.has(operation.action)) {
    throw new GitHubError(403, 'Repository was archived so is read-only.');
  }
  if (body === notJson) throw new GitHubError(400, 'Problems parsing JSON');
  const { previous } = repository;
  const seen = isStale && !isWrite && previous ? { ...repository, ...previous } : repository;
  return operation.perform({ ...call, actor, by: nameOfActor(actor), repository: seen });
}

/** They look for themselves. */
const mayChangeArchived: ReadonlySet<string> = new Set(['github:UpdateRepository', 'github:DeleteRepository']);

type Located = { readonly kind: 'here' | 'moved'; readonly repository: Repository };

/** What a token does not reach does not exist for it. */
function locate({ core, path }: GitHubCall, actor: Actor): Located {
  const name = { owner: path('owner'), name: path('repo') };
  const here = path('id') === '' ? findRepository(core.state, name) : core.state.repositories.get(Number(path('id')));
  const moved = here ? undefined : findRenamed(core.state, name);
  const repository = here ?? moved;
  if (!repository || !sees(actor, repository)) throw notFound();
  return { kind: here ? 'here' : 'moved', repository };
}

/** 301 for GET, 307 for the others (docs.github.com, "Best practices for using the REST API", "Follow redirects"). */
function redirect({ url }: GitHubCall, { id }: Repository, method: string): GitHubAnswer {
  const parts = url.pathname.split('/');
  const start = parts.indexOf('repos');
  const moved = [...parts.slice(0, start), 'repositories', String(id), ...parts.slice(start + 3)].join('/');
  const location = `${url.origin}${moved}${url.search}`;
  return method === 'GET'
    ? {
        status: 301,
        body: { message: 'Moved Permanently', url: location, documentation_url: documentation },
        headers: { location },
      }
    : {
        status: 307,
        body: { message: 'Temporary Redirect', url: location, documentation_url: documentation },
        headers: { location },
      };
}

/** 403 with the permission that would have done (docs.github.com, "Troubleshooting the REST API"). */
function requirePermission(actor: Actor, { needs }: RepositoryOperation, repository: Repository): void {
  const { permission, level } = needs;
  const isGranted = reaches(actor, repository)
    ? mayDo(actor, permission, level)
    : level === 'read' && permission !== 'administration';
  if (isGranted) return;
  throw new GitHubError(403, 'Resource not accessible by integration', {
    headers: { 'x-accepted-github-permissions': `${permission}=${level}` },
  });
}

/** A body that does not fit is 422 with what is wrong. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const read = schema.safeParse(body);
  if (!read.success) throw unprocessable(`Invalid request.\n\n${z.prettifyError(read.error)}`);
  return read.data;
}
