// Its successor, @hono/aws-lambda, is not published yet.
import { handle } from 'hono/aws-lambda';
import type { Context } from 'hono';
import { readConfig } from '../config.ts';
import { createApi } from '../http/api.ts';
import type { Arrival } from '../http/api.ts';
import { apiLog } from '../http/api-log.ts';
import type { ApiEnv } from '../http/route-context.ts';
import { createLog } from '../log.ts';
import { apiDependencies, createPorts } from '../wiring.ts';

const log = createLog();
const config = readConfig();
const api = createApi({ deps: apiDependencies(config, createPorts(config), log), arrivalOf, log: apiLog(log) });

/** Handler of the function behind API Gateway's REST API (proxy integration, payload version 1.0). */
// oxlint-disable-next-line typescript/no-deprecated -- see the import
export const handler = handle(api);

function arrivalOf(c: Context<ApiEnv>): Arrival {
  const event = eventOf(c);
  const path = event.path ?? c.req.path;
  const { identity, requestId, path: stagedPath } = event.requestContext;
  return {
    rawPath: path,
    requestId,
    caller: identity?.userArn ?? 'unknown',
    // With a stage, `requestContext.path` is `/prod/v1/…` where `path` is `/v1/…`.
    pathPrefix: stagedPath !== undefined && stagedPath.endsWith(path) ? stagedPath.slice(0, -path.length) : '',
  };
}

/** What of the REST API's event we read (API Gateway documentation, "Input format of a Lambda function for proxy integration"). */
interface RestEvent {
  readonly path?: string;
  readonly requestContext: {
    readonly requestId: string;
    readonly path?: string;
    readonly identity?: { readonly userArn?: string | null };
  };
}

function eventOf(c: Context<ApiEnv>): RestEvent {
  const { event } = c.env as { event: RestEvent };
  return event;
}
