import type { Context } from 'hono';
import { entityTag } from '../registry/precondition.ts';
import type { ApiEnv } from './route-context.ts';

export interface ResourceBody {
  readonly id: string;
  readonly spec: object;
  readonly status: object;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A resource as GET and PUT answer it, with its entity tag; a new one with its `Location`. */
export function answerResource(c: Context<ApiEnv>, body: ResourceBody, isNew = false): Response {
  c.header('ETag', entityTag(body.spec));
  if (isNew) c.header('Location', `${c.var.pathPrefix}${c.req.path}`);
  return c.json(body, isNew ? 201 : 200);
}
