import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { createServerCertificate } from '../../sandbox/simulators/kubernetes/server-certificate.ts';
import { createKubernetesCluster } from '../../src/adapters/kubernetes-api.ts';
import type { KubernetesConnection } from '../../src/adapters/kubernetes-transport.ts';
import type { KubernetesCluster } from '../../src/ports/kubernetes-cluster.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export type Answering = (request: ReceivedRequest, response: ServerResponse) => unknown;

export interface TestApiServer {
  readonly endpoint: string;
  readonly certificate: string;
  readonly requests: ReceivedRequest[];
  /** Requests that were not for discovery. */
  calls(): readonly ReceivedRequest[];
  readonly connectionCount: () => number;
  /** Answers what is not discovery. */
  answering: Answering;
  /** The discovery document of `/apis`; that of `/api` knows ConfigMap, Namespace and Secret. */
  discovery: unknown;
  client(options?: Partial<KubernetesConnection>): KubernetesCluster;
  stop(): Promise<void>;
}

/**
 * An API server for one test: real TLS and HTTP, and the answers that the test gives it. It listens on 127.0.0.1,
 * whatever address its certificate is for.
 */
export async function startTestApiServer(certificateAddress = '127.0.0.1'): Promise<TestApiServer> {
  const { certificate, key } = await createServerCertificate(certificateAddress);
  const requests: ReceivedRequest[] = [];
  const clients: KubernetesCluster[] = [];
  let connections = 0;
  const server = createServer({ cert: certificate, key }, (incoming, response) => {
    void (async () => {
      const url = new URL(incoming.url ?? '/', 'https://test');
      const sent = await text(incoming);
      const body: unknown = sent === '' ? undefined : JSON.parse(sent);
      const path = (incoming.url ?? '').split('?')[0] ?? '';
      const { method = '', headers } = incoming;
      const request: ReceivedRequest = { method, path, query: url.searchParams, headers, body };
      requests.push(request);
      if (path === '/api') return reply(response, 200, coreDiscovery);
      if (path === '/apis') return reply(response, 200, api.discovery);
      return api.answering(request, response);
    })();
  });
  server.on('secureConnection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const api: TestApiServer = {
    endpoint: `https://127.0.0.1:${port}`,
    certificate,
    requests,
    calls: () => requests.filter(({ path }) => path !== '/api' && path !== '/apis'),
    connectionCount: () => connections,
    answering: (_request, response) => reply(response, 404, status(404, 'NotFound', 'no such thing')),
    discovery: flux,
    client(options = {}) {
      const tokens = { get: async () => 'good-token', invalidate() {} };
      const made = createKubernetesCluster({
        endpoint: api.endpoint,
        certificateAuthorityPem: certificate,
        tokens,
        ...options,
      });
      clients.push(made);
      return made;
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return api;
}

export function reply(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A `Status` (meta/v1). */
export function status(code: number, reason: string, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message };
}

export function discoveryOf(
  group: string,
  version: string,
  kinds: Readonly<Record<string, readonly [plural: string, scope: 'Namespaced' | 'Cluster']>>,
): object {
  const resources = Object.entries(kinds).map(([kind, [resource, scope]]) => ({
    resource,
    scope,
    responseKind: { group, version, kind },
    verbs: ['get', 'list', 'patch'],
  }));
  return { metadata: group === '' ? {} : { name: group }, versions: [{ version, resources }] };
}

export function discoveryList(...items: readonly object[]): object {
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

const coreDiscovery = discoveryList(
  discoveryOf('', 'v1', {
    ConfigMap: ['configmaps', 'Namespaced'],
    Namespace: ['namespaces', 'Cluster'],
    Secret: ['secrets', 'Namespaced'],
  }),
);

const flux = discoveryList(
  discoveryOf('source.toolkit.fluxcd.io', 'v1', { GitRepository: ['gitrepositories', 'Namespaced'] }),
);
