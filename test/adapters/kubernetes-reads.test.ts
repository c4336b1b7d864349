import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import {
  type Answering,
  discoveryList,
  discoveryOf,
  reply,
  startTestApiServer,
  status,
  type TestApiServer,
} from './kubernetes-test-server.ts';

const reference = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  name: 'flux-system',
  namespace: 'flux-system',
};
const path = '/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories';
const { signal } = new AbortController();

let api: TestApiServer;

beforeEach(async () => {
  api = await startTestApiServer();
});

afterEach(() => api.stop());

function gitRepository(resourceVersion: string): KubernetesObject {
  const { apiVersion, kind, name, namespace } = reference;
  return { apiVersion, kind, metadata: { name, namespace, resourceVersion } };
}

function send(response: ServerResponse, type: string, object: unknown): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function isAt(resourceVersion: string): (object: KubernetesObject | undefined) => boolean {
  return (object) => object?.metadata.resourceVersion === resourceVersion;
}

/** Lists the object, and hands each watch to the next of these. */
function watchesOf(listed: readonly KubernetesObject[], ...watches: readonly Answering[]): Answering {
  const left = [...watches];
  return (request, response) => {
    if (request.query.get('watch') === null) {
      const resourceVersion = listed[0]?.metadata.resourceVersion ?? '1';
      return reply(response, 200, { metadata: { resourceVersion }, items: listed });
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    return left.shift()?.(request, response);
  };
}

describe('a watch over the network', () => {
  it('asks for one object, from the version that it has seen', async () => {
    api.answering = watchesOf([], (_request, response) => send(response, 'ADDED', gitRepository('2')));

    const outcome = await api.client().watchUntil({ reference, isDone: isAt('2'), timeoutSeconds: 30, signal });

    expect(outcome).toEqual({ isDone: true, object: gitRepository('2') });
    const [listing, watching] = api.calls();
    expect(listing).toMatchObject({ method: 'GET', path });
    expect(Object.fromEntries(listing?.query ?? [])).toEqual({ fieldSelector: 'metadata.name=flux-system' });
    expect(watching).toMatchObject({ method: 'GET', path });
    expect(Object.fromEntries(watching?.query ?? [])).toMatchObject({
      watch: 'true',
      fieldSelector: 'metadata.name=flux-system',
      resourceVersion: '1',
      allowWatchBookmarks: 'true',
    });
  });

  it('closes its connection once it is done', async () => {
    const closed = Promise.withResolvers<void>();
    api.answering = watchesOf([], (_request, response) => {
      response.on('close', () => closed.resolve());
      send(response, 'ADDED', gitRepository('2'));
    });

    await api.client().watchUntil({ reference, isDone: isAt('2'), timeoutSeconds: 30, signal });

    await expect(closed.promise).resolves.toBeUndefined();
  });

  it('is taken up again when the connection breaks', async () => {
    api.answering = watchesOf(
      [gitRepository('1')],
      (_request, response) => {
        response.write(`${JSON.stringify({ type: 'MODIFIED', object: gitRepository('2') })}\n{"type":"MODI`, () =>
          response.destroy(),
        );
      },
      (_request, response) => send(response, 'MODIFIED', gitRepository('3')),
    );

    const outcome = await api.client().watchUntil({ reference, isDone: isAt('3'), timeoutSeconds: 30, signal });

    expect(outcome.isDone).toBe(true);
    expect(api.calls().map(({ query }) => query.get('resourceVersion'))).toEqual([null, '1', '2']);
  });

  it('lists again when the API server says that its version is gone', async () => {
    const gone = status(410, 'Expired', 'too old resource version');
    api.answering = watchesOf([gitRepository('1')], (_request, response) => {
      api.answering = watchesOf([gitRepository('9')]);
      send(response, 'ERROR', gone);
      response.end();
    });

    const outcome = await api.client().watchUntil({ reference, isDone: isAt('9'), timeoutSeconds: 30, signal });

    expect(outcome).toEqual({ isDone: true, object: gitRepository('9') });
  });

  it('waits for a kind that comes into being meanwhile', async () => {
    const known = api.discovery;
    api.discovery = discoveryList(discoveryOf('example.org', 'v1', {}));
    api.answering = watchesOf([gitRepository('1')]);
    const isDone = (object: KubernetesObject | undefined) => {
      api.discovery = known;
      return object !== undefined;
    };

    const outcome = await api.client().watchUntil({ reference, isDone, timeoutSeconds: 30, signal });

    expect(outcome).toEqual({ isDone: true, object: gitRepository('1') });
  });

  it('discovers its kind again when that has gone', async () => {
    const cluster = api.client();
    api.answering = watchesOf([gitRepository('1')]);
    await cluster.get(reference, signal).catch(() => {});
    api.answering = (_request, response) => {
      api.answering = watchesOf([gitRepository('2')]);
      reply(response, 404, '404 page not found');
    };

    const outcome = await cluster.watchUntil({ reference, isDone: isAt('2'), timeoutSeconds: 30, signal });

    expect(outcome.isDone).toBe(true);
    expect(api.requests.filter((request) => request.path === '/apis')).toHaveLength(2);
  });

  it('leaves room for other calls, however many watches there are', async () => {
    const cluster = api.client();
    const stop = new AbortController();
    const all = Promise.withResolvers<void>();
    let open = 0;
    const opened: Answering = () => {
      open += 1;
      if (open === 12) all.resolve();
    };
    const answering = watchesOf([], ...Array.from({ length: 12 }, () => opened));
    api.answering = (request, response) =>
      request.path === '/version' ? reply(response, 200, { gitVersion: 'v1.36.3' }) : answering(request, response);

    const watches = Array.from({ length: 12 }, () =>
      cluster.watchUntil({ reference, isDone: () => false, timeoutSeconds: 30, signal: stop.signal }),
    );
    await all.promise;

    await expect(cluster.version(signal)).resolves.toBe('v1.36.3');
    stop.abort();
    await Promise.allSettled(watches);
  });

  it('ends when the client is closed', async () => {
    const cluster = api.client();
    api.answering = watchesOf([], () => void cluster.close());

    const outcome = cluster.watchUntil({ reference, isDone: () => false, timeoutSeconds: 30, signal });

    await expect(outcome).rejects.toMatchObject({ failure: 'timeout' });
  });
});
