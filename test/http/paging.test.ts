import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { answerPage, pageOf } from '../../src/http/paging.ts';
import type { PageQuery } from '../../src/http/paging.ts';
import { pageQuerySchema } from '../../src/http/paging.schema.ts';
import { problemOf } from '../../src/http/problem.ts';
import type { ApiEnv } from '../../src/http/route-context.ts';

/** Lists at any path; each page says where it began, and the next one begins behind `position`. */
function given(position = 'CLUSTER#production') {
  const api = new Hono<ApiEnv>();
  api.get('*', (c) => {
    const { pageSize, ...rest } = c.req.query();
    const query: PageQuery = { ...rest, ...(pageSize === undefined ? {} : { pageSize: Number(pageSize) }) };
    const began = pageOf(c, query);
    return answerPage(c, query, { page: { items: [began], next: position }, bodyOf: (item) => item });
  });
  api.onError((error, c) => c.json(problemOf(error, 'request-1'), 400));
  const get = async (path: string, query: Record<string, string> = {}) => {
    const answer = await api.request(`${path}?${new URLSearchParams(query)}`);
    return (await answer.json()) as { items?: object[]; nextPageToken?: string; code?: string };
  };
  return { get };
}

const path = '/v1/customers/acme/clusters';
const refused = { code: 'invalid-page-token', errors: [{ parameter: 'pageToken' }] };
const forged = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');

describe('a page token', () => {
  it('leads behind the position that it was made of', async () => {
    const { get } = given();
    const first = await get(path, { region: 'eu-west-1' });

    const second = await get(path, { region: 'eu-west-1', pageToken: first.nextPageToken ?? '' });

    expect(first.items).toEqual([{ size: 50 }]);
    expect(second.items).toEqual([{ size: 50, after: 'CLUSTER#production' }]);
  });

  it('goes on with pages of another size, and whatever the order of the filters', async () => {
    const { get } = given();
    const { nextPageToken: pageToken = '' } = await get(path, { region: 'eu-west-1', environment: 'test' });

    const next = await get(path, { environment: 'test', pageSize: '7', pageToken, region: 'eu-west-1' });

    expect(next.items).toEqual([{ size: 7, after: 'CLUSTER#production' }]);
  });

  it('belongs to its list and its filters', async () => {
    const { get } = given();
    const { nextPageToken: pageToken = '' } = await get(path, { region: 'eu-west-1' });

    expect(await get(path, { region: 'eu-west-2', pageToken })).toMatchObject(refused);
    expect(await get(path, { pageToken })).toMatchObject(refused);
    expect(await get('/v1/customers/other/clusters', { region: 'eu-west-1', pageToken })).toMatchObject(refused);
    expect(await get('/v1/clusters', { region: 'eu-west-1', pageToken })).toMatchObject(refused);
  });

  it('is fit for a URL as it is', async () => {
    const { get } = given('2027-01-01T00:00:00.000Z/op->>>???');

    expect((await get(path)).nextPageToken).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it.each([
    ['no token at all', 'hello'],
    ['empty', ''],
    ['not JSON', Buffer.from('{').toString('base64url')],
    ['no list', forged({ 0: 'a', 1: 'b' })],
    ['no position', forged(['a'])],
    ['of another binding', forged(['0'.repeat(16), 'CLUSTER#a'])],
  ])('that is %s is refused', async (_, pageToken) => {
    const { get } = given();

    expect(await get(path, { pageToken })).toMatchObject(refused);
  });

  it.each([
    ['no text', 7],
    ['empty', ''],
    ['with a space', 'CLUSTER#a b'],
    ['beyond ASCII', 'CLUSTER#\u{ffff}'],
    ['too long', 'x'.repeat(513)],
  ])('with the right binding and a position that is %s is refused', async (_, position) => {
    const { get } = given();
    const { nextPageToken = '' } = await get(path);
    const [binding] = JSON.parse(Buffer.from(nextPageToken, 'base64url').toString()) as [string];

    expect(await get(path, { pageToken: forged([binding, 'CLUSTER#a']) })).toMatchObject({ items: [{}] });
    expect(await get(path, { pageToken: forged([binding, position]) })).toMatchObject(refused);
  });
});

describe('the query of a page', () => {
  it.each(['1', '50', '200'])('takes a size of %s', (pageSize) => {
    expect(pageQuerySchema.parse({ pageSize })).toEqual({ pageSize: Number(pageSize) });
  });

  it.each(['0', '201', '-1', '1.5', '', 'ten', '1e2', '9999999'])('refuses a size of "%s"', (pageSize) => {
    expect(pageQuerySchema.safeParse({ pageSize }).success).toBe(false);
  });

  it('may be empty, and has no other parameters', () => {
    expect(pageQuerySchema.parse({})).toEqual({});
    expect(pageQuerySchema.safeParse({ size: '1' }).success).toBe(false);
  });
});
