import type { Context } from 'hono';
import { createApi, crookedPath } from '../http/api.ts';
import type { Arrival } from '../http/api.ts';
import { apiLog } from '../http/api-log.ts';
import { isPlainPath } from '../http/path-guard.ts';
import { answerProblem, methodNotAllowed } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import type { ApiEnv } from '../http/route-context.ts';
import type { Log } from '../log.ts';
import { requestOf } from './rest-event.ts';
import type { RestEvent } from './rest-event.ts';

/** What the REST API makes its answer of; all that we send is text. */
interface RestAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

export type GatewayHandler = (event: RestEvent) => Promise<RestAnswer>;

/** The front door on AWS: guards the path as it stands in the event, before anything builds a URL of it. */
export function createGatewayHandler(routes: readonly Route[], log: Log): GatewayHandler {
  const api = createApi({ routes, arrivalOf, log: apiLog(log) });

  function refuse(event: RestEvent, error: unknown): Response {
    const arrival = arrivalOfEvent(event);
    const { requestId, caller } = arrival;
    const refusal = answerProblem(error, arrival);
    const { httpMethod: method, path } = event;
    log.info('request answered', { requestId, caller, method, path, status: refusal.status, milliseconds: 0 });
    return refusal;
  }

  return async (event) => {
    let request: Request;
    try {
      requireRoutable(event);
      request = requestOf(event);
    } catch (error) {
      return restAnswerOf(refuse(event, error));
    }
    return restAnswerOf(await api.fetch(request, { event }));
  };
}

/** Methods that `Request` refuses to carry (Fetch standard, "forbidden method"); no route takes them. */
const forbiddenMethods: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

/** What the gateway authorised must be what is routed: so both spellings of the path are plain, and one path. */
function requireRoutable({ path, httpMethod, requestContext }: RestEvent): void {
  const { path: stagedPath = path } = requestContext;
  const isOnePath = /^(\/[\w-]+)?$/.test(stagedPath.slice(0, -path.length)) && stagedPath.endsWith(path);
  if (!isPlainPath(path) || !isPlainPath(stagedPath) || !isOnePath) throw crookedPath();
  if (forbiddenMethods.has(httpMethod.toUpperCase())) {
    throw methodNotAllowed(['DELETE', 'GET', 'HEAD', 'POST', 'PUT']);
  }
}

async function restAnswerOf(answer: Response): Promise<RestAnswer> {
  const headers = Object.fromEntries(answer.headers);
  return { statusCode: answer.status, headers, body: await answer.text(), isBase64Encoded: false };
}

function arrivalOf(c: Context<ApiEnv>): Arrival {
  return arrivalOfEvent((c.env as { event: RestEvent }).event);
}

function arrivalOfEvent({ path, requestContext }: RestEvent): Arrival {
  const { identity, requestId, path: stagedPath } = requestContext;
  return {
    rawPath: path,
    requestId,
    caller: identity?.userArn ?? 'unknown',
    // With a stage, `requestContext.path` is `/prod/v1/…` where `path` is `/v1/…`.
    pathPrefix: stagedPath !== undefined && stagedPath.endsWith(path) ? stagedPath.slice(0, -path.length) : '',
  };
}
