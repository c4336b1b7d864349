import type { Context } from 'hono';
import type * as z from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { Actor } from '../events/event.ts';
import { checkParameters } from './path-parameters.ts';
import type { ParametersOf } from './path-parameters.ts';
import { readBody, readOptionalBody, refuseBody } from './request-body.ts';
import type { ApiEnv } from './route-context.ts';
import { readQuery, refuseQuery } from './request-query.ts';

/** Headers that a route heeds. */
export type RequestHeader = 'If-Match' | 'If-None-Match' | 'Idempotency-Key' | 'Prefer';

/** A success of a route: the name of its body in the contract, and what it means. */
export interface Answer {
  readonly body?: string;
  readonly means: string;
  readonly headers?: readonly ('ETag' | 'Location' | 'Retry-After')[];
}

/** A schema that is loaded when it is first needed: its library costs a cold start more than all else of ours. */
export type Lazy<S extends z.ZodType> = () => Promise<S>;

/** All that is said of a route, to the router and to the reader of the contract. */
export interface RouteSpec<Path extends string, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** With parameters in braces, each known to `pathParameters`: `/v1/customers/{customer}`. */
  readonly path: Path;
  readonly operationId: string;
  readonly tag: 'Customers' | 'Accounts' | 'Clusters' | 'ECR access' | 'Operations' | 'Events' | 'Contract';
  readonly summary: string;
  readonly description: string;
  /** Absent: the route takes no query. */
  readonly query?: Lazy<Q>;
  /** `name` in the contract. */
  readonly body?: { readonly schema: Lazy<B>; readonly name: string; readonly isOptional?: boolean };
  readonly headers?: readonly RequestHeader[];
  readonly answers: Readonly<Partial<Record<200 | 201 | 202 | 204, Answer>>>;
  /** Beyond those that every route may answer with. */
  readonly problems: readonly ErrorCode[];
}

export type RouteText = RouteSpec<string, z.ZodType, z.ZodType>;

/** A request, checked and taken apart. */
export interface RouteRequest<Path extends string, Q, B> {
  readonly c: Context<ApiEnv>;
  readonly params: Readonly<Record<ParametersOf<Path>, string>>;
  readonly query: Q;
  readonly body: B;
  readonly actor: Actor;
}

/** A route as the router takes it. */
export interface Route {
  readonly spec: RouteText;
  readonly handle: (c: Context<ApiEnv>) => Promise<Response>;
}

/** Ties a route to what serves it: path, query and body are checked before the handler sees them. */
export function route<
  const Path extends string,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(
  spec: RouteSpec<Path, Q, B>,
  serve: (request: RouteRequest<Path, z.output<Q>, z.output<B>>) => Promise<Response>,
): Route {
  return {
    spec,
    async handle(c) {
      // The router found the path by this pattern, so it has exactly these parameters.
      const params = c.req.param() as Record<ParametersOf<Path>, string>;
      checkParameters(params);
      const query = await queryOf(c, spec.query);
      const body = await bodyOf(c, spec.body);
      const { caller, requestId } = c.var;
      return serve({
        c,
        params,
        query: query as z.output<Q>,
        body: body as z.output<B>,
        actor: { caller, requestId },
      });
    },
  };
}

async function queryOf(c: Context<ApiEnv>, query: Lazy<z.ZodType> | undefined): Promise<unknown> {
  return query === undefined ? refuseQuery(c) : readQuery(c, await query());
}

async function bodyOf(c: Context<ApiEnv>, body: RouteText['body']): Promise<unknown> {
  if (body === undefined) return c.req.method === 'GET' ? undefined : refuseBody(c);
  const schema = await body.schema();
  return body.isOptional === true ? readOptionalBody(c, schema) : readBody(c, schema);
}

/** The path as the router writes it: `:customer` for `{customer}`. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
