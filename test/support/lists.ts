/** Lists as callers read them. */
import { expect } from 'vitest';
import type { FleetEvent } from '../../src/events/event.ts';
import type { Fleet } from './fleet.ts';
import { expectProblem } from './problems.ts';

export interface ListBody<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

/** A page; it has its items and perhaps the way to the next one, and no totals. */
export async function readList<T = { readonly id: string }>(fleet: Fleet, path: string): Promise<ListBody<T>> {
  const answer = await fleet.call('GET', path);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  const body = JSON.parse(text) as ListBody<T>;
  const { items: _items, nextPageToken: _next, ...rest } = body;
  expect(rest).toEqual({});
  return body;
}

export async function idsOf(fleet: Fleet, path: string): Promise<readonly string[]> {
  const { items } = await readList(fleet, path);
  return items.map(({ id }) => id);
}

/** The ids of each page, from the first to the last. */
export async function pagesOf(fleet: Fleet, path: string): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  let token: string | undefined;
  do {
    const query = token === undefined ? '' : `&pageToken=${token}`;
    const { items, nextPageToken } = await readList(fleet, `${path}${query}`);
    pages.push(items.map(({ id }) => id));
    token = nextPageToken;
  } while (token !== undefined);
  return pages;
}

/** The token of the second page. */
export async function tokenOf(fleet: Fleet, path: string): Promise<string> {
  const { nextPageToken } = await readList(fleet, path);
  expect(nextPageToken).toBeTypeOf('string');
  return nextPageToken ?? '';
}

/** The list does not take the token: a problem that names the parameter. */
export async function expectTokenRefused(fleet: Fleet, path: string): Promise<void> {
  const problem = await expectProblem(fleet.call('GET', path), { status: 400, code: 'invalid-page-token' });
  expect(problem['errors']).toMatchObject([{ parameter: 'pageToken' }]);
}

/** The newest first. */
export async function eventsOf(fleet: Fleet, query = '', customer = 'acme'): Promise<readonly FleetEvent[]> {
  const { items } = await readList<FleetEvent>(fleet, `/v1/customers/${customer}/events${query}`);
  return items;
}

export async function eventTypesOf(fleet: Fleet, query = '', customer = 'acme'): Promise<readonly string[]> {
  const events = await eventsOf(fleet, query, customer);
  return events.map(({ type }) => type);
}
