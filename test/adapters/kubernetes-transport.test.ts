import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKubernetesCluster } from '../../src/adapters/kubernetes-api.ts';
import { OutsideCallError } from '../../src/errors.ts';
import { failureOf } from '../support/failures.ts';
import { createServerCertificate } from '../../sandbox/simulators/kubernetes/server-certificate.ts';
import { reply, startTestApiServer, status, type TestApiServer } from './kubernetes-test-server.ts';

const { signal } = new AbortController();
const version = { gitVersion: 'v1.36.3' };

let api: TestApiServer;

const atOnce = async (): Promise<void> => undefined;

beforeEach(async () => {
  api = await startTestApiServer();
});

afterEach(() => api.stop());

describe('whom it trusts', () => {
  it('speaks only to a server that the CA of the cluster vouches for', async () => {
    const { certificate } = await createServerCertificate();
    const stranger = api.client({ certificateAuthorityPem: certificate });

    const error = await failureOf(stranger.version(signal));

    expect(error).toMatchObject({ failure: 'unreachable', retryable: true });
    expect(api.requests).toEqual([]);
  });

  it('does not speak to a server whose certificate is for another address', async () => {
    const other = await startTestApiServer('127.0.0.2');

    const error = await failureOf(other.client().version(signal));
    await other.stop();

    expect(error).toMatchObject({ failure: 'unreachable' });
    expect(other.requests).toEqual([]);
  });

  it.each(['', 'no certificate'])('takes no CA that is no certificate: %j', (certificateAuthorityPem) => {
    const tokens = { get: async () => 'token', invalidate() {} };
    const { endpoint } = api;

    expect(() => createKubernetesCluster({ endpoint, certificateAuthorityPem, tokens })).toThrow(OutsideCallError);
  });

  it.each(['http://127.0.0.1:6443', 'https://user:password@127.0.0.1:6443', 'nonsense'])(
    'connects to nothing but https: %s',
    (endpoint) => {
      const tokens = { get: async () => 'token', invalidate() {} };

      expect(() => createKubernetesCluster({ endpoint, certificateAuthorityPem: api.certificate, tokens })).toThrow(
        OutsideCallError,
      );
    },
  );

  it('follows no redirect', async () => {
    const other = await startTestApiServer();
    api.answering = (_request, response) => reply(response.setHeader('location', `${other.endpoint}/version`), 307, '');

    const error = await failureOf(api.client().version(signal));
    await other.stop();

    expect(error).toMatchObject({ failure: 'protocol', status: 307 });
    expect(other.requests).toEqual([]);
  });
});

describe('the bearer token', () => {
  function tokensOf(...tokens: string[]) {
    return {
      get: async () => tokens[0] ?? 'none left',
      invalidate(token: string) {
        if (tokens[0] === token) tokens.shift();
      },
    };
  }

  beforeEach(() => {
    api.answering = ({ headers }, response) =>
      headers.authorization === 'Bearer good-token'
        ? reply(response, 200, version)
        : reply(response, 401, status(401, 'Unauthorized', `not accepted: ${headers.authorization}`));
  });

  it('is minted again, once, when the API server does not accept it', async () => {
    const cluster = api.client({ tokens: tokensOf('old-token', 'good-token') });

    await expect(cluster.version(signal)).resolves.toBe('v1.36.3');
    expect(api.calls().map(({ headers }) => headers.authorization)).toEqual(['Bearer old-token', 'Bearer good-token']);
  });

  it('is given up when the next one is not accepted either', async () => {
    const cluster = api.client({ tokens: tokensOf('old-token', 'other-token', 'good-token') });

    expect(await failureOf(cluster.version(signal))).toMatchObject({ failure: 'unauthenticated', status: 401 });
    expect(api.calls()).toHaveLength(2);
  });

  it('is in no error, whatever the API server says', async () => {
    const cluster = api.client({ tokens: tokensOf('old-token', 'other-token') });

    const error = await failureOf(cluster.version(signal));

    expect(error.answer).toBe('not accepted: Bearer …');
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('other-token');
  });

  it('fails the call with the error of its source', async () => {
    const cause = new OutsideCallError({ system: 'sts', failure: 'forbidden', attempted: 'mint a token' });
    const cluster = api.client({ tokens: { get: () => Promise.reject(cause), invalidate() {} } });

    await expect(cluster.version(signal)).rejects.toBe(cause);
    expect(api.requests).toEqual([]);
  });
});

describe('an answer that is none', () => {
  it.each([
    [400, 'rejected'],
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'rejected'],
    [422, 'rejected'],
    [429, 'throttled'],
    [500, 'server-error'],
    [503, 'server-error'],
    [504, 'server-error'],
  ])('is, with status %i, a failure: %s', async (code, failure) => {
    api.answering = (_request, response) => reply(response, code, status(code, 'Reason', 'its own words'));

    expect(await failureOf(api.client({ pause: atOnce }).version(signal))).toMatchObject({
      system: 'kubernetes',
      failure,
      status: code,
      attempted: 'GET /version',
      answer: 'its own words',
    });
  });

  it.each([
    ['7', 7],
    ['Thu, 01 Jan 2026 00:01:30 GMT', 90],
  ])('says when to come back: %s', async (retryAfter, seconds) => {
    api.answering = (_request, response) => reply(response.setHeader('retry-after', retryAfter), 429, '{}');
    const cluster = api.client({ now: () => new Date('2026-01-01T00:00:00Z'), pause: atOnce });

    expect(await failureOf(cluster.version(signal))).toMatchObject({ retryAfterSeconds: seconds });
  });

  it('is shortened', async () => {
    api.answering = (_request, response) => reply(response, 400, status(400, 'Reason', 'x'.repeat(100_000)));

    expect((await failureOf(api.client().version(signal))).message.length).toBeLessThan(1000);
  });

  it('is a matter of protocol when it is not JSON', async () => {
    api.answering = (_request, response) => reply(response, 200, '<html>');

    expect(await failureOf(api.client().version(signal))).toMatchObject({ failure: 'protocol' });
  });

  it('is a matter of protocol when it is larger than 32 MiB', async () => {
    const mebibytes = Array.from({ length: 40 }, () => Buffer.alloc(1024 * 1024, 'x'));
    const body = [Buffer.from('{"gitVersion":"'), ...mebibytes, Buffer.from('"}')];
    api.answering = (_request, response) => pipeline(Readable.from(body), response).catch(() => {});

    expect(await failureOf(api.client().version(signal))).toMatchObject({ failure: 'protocol' });
  });
});

describe('no answer', () => {
  it('is unreachable when nobody listens', async () => {
    const other = await startTestApiServer();
    await other.stop();

    const cluster = api.client({ endpoint: other.endpoint });

    expect(await failureOf(cluster.version(signal))).toMatchObject({ failure: 'unreachable' });
  });

  it('is unreachable when the connection breaks', async () => {
    api.answering = (_request, response) => response.destroy();

    expect(await failureOf(api.client().version(signal))).toMatchObject({ failure: 'unreachable' });
  });

  it.each([
    ['says nothing', () => {}],
    ['stops in the middle', (response: ServerResponse) => response.write('{"gitVersion":')],
  ])('is a time-out when the API server %s', async (_words, begin) => {
    api.answering = (_request, response) => begin(response);

    const error = await failureOf(api.client({ requestTimeoutMs: 50 }).version(signal));

    expect(error).toMatchObject({ failure: 'timeout', retryable: true });
  });

  it('ends with the signal of the caller', async () => {
    const giving = new AbortController();
    api.answering = () => giving.abort();

    expect(await failureOf(api.client().version(giving.signal))).toMatchObject({ failure: 'timeout' });
  });

  it('sends nothing when the signal has ended already', async () => {
    expect(await failureOf(api.client().version(AbortSignal.abort()))).toMatchObject({ failure: 'timeout' });
    expect(api.requests).toEqual([]);
  });

  it('ends when the client is closed', async () => {
    const received = new EventEmitter();
    api.answering = () => received.emit('request');
    const cluster = api.client();
    const call = failureOf(cluster.version(signal));
    await once(received, 'request');

    await cluster.close();

    expect(await call).toMatchObject({ failure: 'timeout' });
  });
});

describe('connections', () => {
  it('are eight at most, and used again', async () => {
    const waiting: ServerResponse[] = [];
    let isOpen = false;
    api.answering = (_request, response) => {
      waiting.push(response);
      if (waiting.length === 8) isOpen = true;
      if (isOpen) for (const each of waiting.splice(0)) reply(each, 200, version);
    };
    const cluster = api.client();

    await Promise.all(Array.from({ length: 40 }, () => cluster.version(signal)));
    await cluster.version(signal);

    expect(api.connectionCount()).toBe(8);
    expect(api.calls()).toHaveLength(41);
  });
});

describe('a request that the API server has no time for', () => {
  const busy = status(429, 'TooManyRequests', 'too many requests');

  function refusingFor(times: number, retryAfter?: string): void {
    api.answering = (_request, response) => {
      if (api.calls().length > times) return reply(response, 200, version);
      if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
      return reply(response, 429, busy);
    };
  }

  /** A client that notes its pauses instead of making them. */
  function impatient(random = () => 1) {
    const pauses: number[] = [];
    const pause = async (milliseconds: number): Promise<void> => void pauses.push(milliseconds);
    return { pauses, cluster: api.client({ pause, random }) };
  }

  it('is sent again, later each time, and nothing else is', async () => {
    refusingFor(6);
    const { pauses, cluster } = impatient();

    await expect(cluster.version(signal)).resolves.toBe('v1.36.3');

    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 4000]);
    expect(api.requests).toHaveLength(7);
  });

  it.each([
    { retryAfter: undefined, expected: [125, 375, 750] },
    { retryAfter: '1', expected: [1000, 1125, 1250] },
  ])('is sent again each time at another moment (retry-after $retryAfter)', async ({ retryAfter, expected }) => {
    refusingFor(3, retryAfter);
    const drawn = [0, 0.5, 0.5];
    const { pauses, cluster } = impatient(() => drawn.shift() ?? 0);

    await cluster.version(signal);

    expect(pauses).toEqual(expected);
  });

  it('is not sent before the API server wants it', async () => {
    refusingFor(2, '3');
    const { pauses, cluster } = impatient();

    await cluster.version(signal);

    expect(pauses).toEqual([3125, 3250]);
  });

  it('is given up after the eighth time', async () => {
    refusingFor(100);
    const { cluster } = impatient();

    expect(await failureOf(cluster.version(signal))).toMatchObject({ failure: 'throttled', retryable: true });
    expect(api.calls()).toHaveLength(8);
  });

  it('is left to the workflow when it is to come much later', async () => {
    refusingFor(100, '60');
    const { pauses, cluster } = impatient();

    expect(await failureOf(cluster.version(signal))).toMatchObject({ failure: 'throttled', retryAfterSeconds: 60 });
    expect(pauses).toEqual([]);
  });

  it('fails as such when the time of the call is over meanwhile', async () => {
    refusingFor(100);
    const ending = new AbortController();
    const cluster = api.client({
      async pause(_milliseconds, until) {
        ending.abort();
        until.throwIfAborted();
      },
    });

    expect(await failureOf(cluster.version(ending.signal))).toMatchObject({ failure: 'throttled' });
    expect(api.calls()).toHaveLength(1);
  });
});
