import type { Context, Hono } from 'hono';
import { type FaultError, withFaults } from '../faults.ts';
import { createSimulatorApp } from '../simulator-app.ts';
import { answerResource } from './answer-resource.ts';
import { answerReview } from './access-review.ts';
import { aggregatedDiscovery, discoveryDocument } from './discovery.ts';
import { authorize, type Call, json } from './call.ts';
import { KubernetesStatusError, noSuchPath } from './kubernetes-error.ts';
import type { KubernetesWorld } from './kubernetes-world.ts';
import type { Caller } from './rbac.ts';
import { targetOf } from './request-target.ts';

/** Who a bearer token is; undefined for nobody that the cluster knows. */
export type Authenticate = (bearerToken: string) => Promise<Caller | undefined>;

const reviewPath = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** `MaxRequestBodyBytes` of the API server (k8s.io/apiserver `pkg/server/config.go`). */
const largestBodyBytes = 3 * 1024 * 1024;

/** The API of one cluster. Callers in this process use its `fetch`. */
export function createKubernetesApi(world: KubernetesWorld, options: { readonly authenticate: Authenticate }): Hono {
  const app = createSimulatorApp((c) => {
    const failed = { status: 500, reason: 'InternalError', message: 'Internal error occurred' };
    return c.json(new KubernetesStatusError(failed).toStatus(), 500);
  });
  app.all('*', (c) => handle(world, options.authenticate, c));
  return app;
}

async function handle(world: KubernetesWorld, authenticate: Authenticate, c: Context): Promise<Response> {
  const path = new URL(c.req.url).pathname;
  const body = c.req.method === 'GET' ? '' : await c.req.text();
  const request = {
    method: c.req.method,
    path,
    query: new URL(c.req.url).searchParams,
    headers: c.req.raw.headers,
    body,
  };
  // Opening a stream is left to the end: a lost answer leaves no watch behind.
  const open = await withFaults<() => Response>(world, `kubernetes:${verbOf(request)}`, {
    perform: async (isStale) => {
      try {
        const caller = await callerOf(request.headers, authenticate);
        return answer({ world, caller, isStale, ...request });
      } catch (error) {
        if (error instanceof KubernetesStatusError) return () => refusalResponse(error);
        throw error;
      }
    },
    refuse: (error) => () => faultResponse(error),
  });
  return open();
}

function answer(call: Call): () => Response {
  const { world, path, method } = call;
  if (Buffer.byteLength(call.body) > largestBodyBytes) {
    const message = `Request entity too large: limit is ${largestBodyBytes}`;
    throw new KubernetesStatusError({ status: 413, reason: 'RequestEntityTooLarge', message });
  }
  if (path === reviewPath && method === 'POST') return answerReview(call);
  const target = targetOf(path);
  if (target) return answerResource(call, target);
  authorize(call, { verb: method.toLowerCase(), path });
  if (method === 'GET' && path === '/version') return json(versionOf(world.version));
  if (method === 'GET' && (path === '/api' || path === '/apis')) {
    if (!(call.headers.get('accept') ?? '').replaceAll(' ', '').includes('as=APIGroupDiscoveryList')) {
      const message = `only the following media types are accepted: ${aggregatedDiscovery}`;
      throw new KubernetesStatusError({ status: 406, reason: 'NotAcceptable', message });
    }
    const document = discoveryDocument(world.inner.discovered().all(), path);
    return () => Response.json(document, { headers: { 'content-type': aggregatedDiscovery } });
  }
  throw noSuchPath();
}

/** What faults call the request. */
function verbOf({ method, path, query, headers }: Pick<Call, 'method' | 'path' | 'query' | 'headers'>): string {
  if (path === '/version') return 'version';
  if (path === '/api' || path === '/apis') return 'discovery';
  if (path === reviewPath) return 'review';
  switch (method) {
    case 'POST':
      return 'create';
    case 'PATCH':
      return (headers.get('content-type') ?? '').startsWith('application/apply-patch') ? 'apply' : 'patch';
    case 'DELETE':
      return 'delete';
    default:
      if (query.get('watch') === 'true' || query.get('watch') === '1') return 'watch';
      return targetOf(path)?.name === undefined ? 'list' : 'get';
  }
}

/** Nobody is anonymous here: so EKS has it since Kubernetes 1.32, but for its health endpoints. */
async function callerOf(headers: Headers, authenticate: Authenticate): Promise<Caller> {
  const [, token] = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '') ?? [];
  const caller = token === undefined ? undefined : await authenticate(token);
  if (!caller) throw new KubernetesStatusError({ status: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  return { username: caller.username, groups: [...caller.groups, 'system:authenticated'] };
}

function versionOf(gitVersion: string): object {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return { major, minor, gitVersion, goVersion: 'go1.24', compiler: 'gc', platform: 'linux/amd64' };
}

function refusalResponse(error: KubernetesStatusError): Response {
  return Response.json(error.toStatus(), { status: error.status });
}

function faultResponse({ status, code, message, retryAfterSeconds }: FaultError): Response {
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  const error = new KubernetesStatusError({ status, reason: code, message }, details);
  const headers = retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) };
  return Response.json(error.toStatus(), { status, ...(headers && { headers }) });
}
