import type { Context } from 'hono';
import { FleetError } from '../errors.ts';
import { canonicalHash } from '../operations/operation-id.ts';
import type { Page } from '../registry/page.ts';
import type { ApiEnv } from './route-context.ts';

export const defaultPageSize = 50;
export const largestPage = 200;

export interface PageQuery {
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
}

/** Where a page begins and how long it is. Throws `invalid-page-token` for one of another list or other filters. */
export function pageOf(c: Context<ApiEnv>, query: PageQuery & object): { size: number; after: string | undefined } {
  const { pageSize: size = defaultPageSize, pageToken } = query;
  return { size, after: pageToken === undefined ? undefined : positionOf(pageToken, bindingOf(c, query)) };
}

/** `{items, nextPageToken?}`. */
export function answerPage<T>(
  c: Context<ApiEnv>,
  query: PageQuery & object,
  { page, bodyOf }: { readonly page: Page<T>; readonly bodyOf: (item: T) => object },
): Response {
  const nextPageToken = page.next === undefined ? undefined : tokenOf(page.next, bindingOf(c, query));
  return c.json({ items: page.items.map((item) => bodyOf(item)), nextPageToken });
}

/** What a token is bound to: the list (its path names the customer) and the filters. */
function bindingOf(c: Context<ApiEnv>, query: PageQuery & object): string {
  const { pageSize: _pageSize, pageToken: _pageToken, ...filters } = query;
  return canonicalHash([c.req.path, filters]).slice(0, 16);
}

/** A token says where its list goes on, and only that: nothing is reached with a forged one that its list does not show. */
function tokenOf(position: string, binding: string): string {
  return Buffer.from(JSON.stringify([binding, position])).toString('base64url');
}

function positionOf(token: string, binding: string): string {
  const parts = decoded(token);
  const [bound, position] = Array.isArray(parts) ? (parts as readonly unknown[]) : [];
  if (bound === binding && typeof position === 'string' && /^[\x21-\x7e]{1,512}$/.test(position)) return position;
  const detail = 'is not one that this list gave for these filters; begin again without it';
  throw new FleetError('invalid-page-token', `pageToken ${detail}.`, { errors: [{ parameter: 'pageToken', detail }] });
}

function decoded(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
