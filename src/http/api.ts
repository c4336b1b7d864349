import { Hono } from 'hono';
import type { Context } from 'hono';
import { addAccountRoutes } from '../accounts/account.routes.ts';
import { addClusterRoutes } from '../clusters/cluster.routes.ts';
import { addCustomerRoutes } from '../customers/customer.routes.ts';
import { FleetError, OutsideCallError } from '../errors.ts';
import { addFluxBootstrapRoutes } from '../flux-bootstrap/flux-bootstrap.routes.ts';
import { addOperationRoutes } from '../operations/operation.routes.ts';
import { isPlainPath } from './path-guard.ts';
import { knownError, problemMediaType, problemOf } from './problem.ts';
import type { Api, ApiDependencies, ApiEnv, RequestVariables } from './route-context.ts';

/** What only the front door knows of a request; `rawPath` is the path before anything has decoded it. */
export interface Arrival extends RequestVariables {
  readonly rawPath: string;
}

export interface ApiOptions {
  readonly deps: ApiDependencies;
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

/** The API as a Hono application; both front doors, the gateway's event and the local server, lead here. */
export function createApi({ deps, arrivalOf, log }: ApiOptions): Api {
  const api: Api = new Hono<ApiEnv>();
  api.use(async (c, next) => {
    const startedAt = performance.now();
    const { requestId, caller, pathPrefix, rawPath } = arrivalOf(c);
    c.set('requestId', requestId);
    c.set('caller', caller);
    c.set('pathPrefix', pathPrefix);
    c.header('X-Request-Id', requestId);
    if (isPlainPath(rawPath)) await next();
    else c.res = answerProblem(c, crookedPath());
    const milliseconds = Math.round(performance.now() - startedAt);
    log.answered({ requestId, caller, method: c.req.method, path: rawPath, status: c.res.status, milliseconds });
  });
  addCustomerRoutes(api, deps);
  addAccountRoutes(api, deps);
  addClusterRoutes(api, deps);
  addFluxBootstrapRoutes(api, deps);
  addOperationRoutes(api, deps);
  api.notFound((c) => answerProblem(c, unrouted(api, c)));
  api.onError((error, c) => {
    const known = knownError(error);
    if (known.code === 'internal-error' || error instanceof OutsideCallError) {
      log.failed({ requestId: c.var.requestId, error });
    }
    return answerProblem(c, error);
  });
  return api;
}

function crookedPath(): FleetError {
  return new FleetError(
    'invalid-path',
    'A path has characters of A-Z, a-z, 0-9, . _ - and / only, no //, and no part that begins with a dot.',
  );
}

function answerProblem(c: Context<ApiEnv>, error: unknown): Response {
  const problem = problemOf(error, c.var.requestId);
  const { location } = knownError(error);
  const headers = new Headers({ 'content-type': problemMediaType, 'x-request-id': problem.requestId });
  if (location !== undefined) headers.set('location', `${c.var.pathPrefix}${location}`);
  if (error instanceof MethodNotAllowed) headers.set('allow', error.allow);
  if (problem.status === 503) headers.set('retry-after', '2');
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

class MethodNotAllowed extends FleetError {
  readonly allow: string;
  constructor(allow: string) {
    super('method-not-allowed', `This resource takes ${allow}.`);
    this.allow = allow;
  }
}

/** A path that has routes for other methods is 405, with the methods that it takes. */
function unrouted(api: Api, c: Context<ApiEnv>): FleetError {
  const methods = api.routes
    .filter(({ method, path }) => method !== 'ALL' && matches(path, c.req.path))
    .map(({ method }) => method);
  if (methods.length > 0) return new MethodNotAllowed([...new Set(methods)].toSorted().join(', '));
  return new FleetError('not-found', 'There is no such resource.');
}

function matches(pattern: string, path: string): boolean {
  const parts = pattern.split('/');
  const given = path.split('/');
  return (
    parts.length === given.length &&
    parts.every((part, index) => (part.startsWith(':') ? given[index] !== '' : part === given[index]))
  );
}
