import { type Context, Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { idempotencyOf, waitSecondsOf } from '../../src/http/request-headers.ts';

/** What a function reads of a request with these headers. */
async function read(headers: Record<string, string>, reader: (c: Context) => unknown) {
  const app = new Hono();
  app.post('/a', (c) => new Response(JSON.stringify({ value: reader(c) ?? null })));
  app.onError((error, c) => c.json({ value: 'code' in error ? error.code : error.message }));
  const answer = await app.request('/a', { method: 'POST', headers });
  return ((await answer.json()) as { value: unknown }).value;
}

describe('Prefer', () => {
  it.each<[string, number]>([
    ['wait=10', 10],
    ['respond-async, wait=10', 10],
    ['wait=10; foo=bar', 10],
    ['Wait = "7"', 7],
    ['wait=600', 25],
    ['wait=0', 0],
    ['await=10', 0],
    ['', 0],
  ])('%s waits %i seconds', async (prefer, seconds) => {
    expect(await read({ prefer }, waitSecondsOf)).toBe(seconds);
  });
});

describe('an idempotency key', () => {
  it('is bound to method and path', async () => {
    expect(await read({ 'idempotency-key': 'k' }, idempotencyOf)).toEqual({ key: 'k', method: 'POST', path: '/a' });
    expect(await read({}, idempotencyOf)).toBeNull();
  });

  it('has up to 255 visible characters', async () => {
    expect(await read({ 'idempotency-key': 'x'.repeat(255) }, idempotencyOf)).toMatchObject({ key: 'x'.repeat(255) });
    for (const key of ['', 'x'.repeat(256), 'a b', 'clé']) {
      expect(await read({ 'idempotency-key': key }, idempotencyOf), key).toBe('invalid-request');
    }
  });
});
