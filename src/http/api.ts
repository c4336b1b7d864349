import { Hono } from 'hono';
import type { Context } from 'hono';
import { FleetError, OutsideCallError } from '../errors.ts';
import { isPlainPath } from './path-guard.ts';
import { answerProblem, knownError, methodNotAllowed } from './problem.ts';
import { routerPath } from './route.ts';
import type { Route } from './route.ts';
import type { Api, ApiEnv, RequestVariables } from './route-context.ts';

/** What only the front door knows of a request; `rawPath` is the path before anything has decoded it. */
export interface Arrival extends RequestVariables {
  readonly rawPath: string;
}

export interface ApiOptions {
  readonly routes: readonly Route[];
  readonly arrivalOf: (c: Context<ApiEnv>) => Arrival;
  readonly log: ApiLog;
}

export interface ApiLog {
  /** One line a request, when it has been answered. */
  answered(fields: {
    requestId: string;
    caller: string;
    method: string;
    path: string;
    status: number;
    milliseconds: number;
  }): void;
  /** An error behind a 5xx, with its cause. */
  failed(fields: { requestId: string; error: unknown }): void;
}

/** Routes as a Hono application; both front doors, the gateway's event and the local server, lead here. */
export function createApi({ routes, arrivalOf, log }: ApiOptions): Api {
  const api: Api = new Hono<ApiEnv>();
  api.use(async (c, next) => {
    const startedAt = performance.now();
    const { requestId, caller, pathPrefix, rawPath } = arrivalOf(c);
    c.set('requestId', requestId);
    c.set('caller', caller);
    c.set('pathPrefix', pathPrefix);
    c.header('X-Request-Id', requestId);
    if (isPlainPath(rawPath)) await next();
    else c.res = answerProblem(crookedPath(), c.var);
    const milliseconds = Math.round(performance.now() - startedAt);
    log.answered({ requestId, caller, method: c.req.method, path: rawPath, status: c.res.status, milliseconds });
  });
  for (const { spec, handle } of routes) api.on(spec.method, routerPath(spec.path), handle);
  api.notFound((c) => answerProblem(unrouted(routes, c.req.path, c.var), c.var));
  api.onError((error, c) => {
    const known = knownError(error);
    if (known.code === 'internal-error' || error instanceof OutsideCallError) {
      log.failed({ requestId: c.var.requestId, error });
    }
    return answerProblem(error, c.var);
  });
  return api;
}

export function crookedPath(): FleetError {
  return new FleetError(
    'invalid-path',
    'A path has characters of A-Z, a-z, 0-9, . _ - and / only, no //, and no part that begins with a dot.',
  );
}

/** A path that has routes for other methods is 405, with the methods that it takes. */
function unrouted(routes: readonly Route[], path: string, { pathPrefix }: RequestVariables): FleetError {
  const methods = routes.filter(({ spec }) => matches(spec.path, path)).map(({ spec }) => spec.method);
  if (methods.length === 0) {
    return new FleetError(
      'not-found',
      `There is no such resource: ${pathPrefix}/openapi.yaml describes all that there are.`,
    );
  }
  const allow = [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : [])])].toSorted();
  return methodNotAllowed(allow);
}

function matches(pattern: string, path: string): boolean {
  const parts = pattern.split('/');
  const given = path.split('/');
  return (
    parts.length === given.length &&
    parts.every((part, index) => (part.startsWith('{') ? given[index] !== '' : part === given[index]))
  );
}
