import { createServer, connect as connectSocket, type Socket } from 'node:net';
import { once } from 'node:events';
import { createKubernetesCluster } from '../../src/adapters/kubernetes-api.ts';
import type { KubernetesCluster, KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';

/** Everybody may ask what he may do; besides, the weak one may read ConfigMaps in `default`, and nothing else. */
export type Who = 'administrator' | 'weak' | 'stranger';

/** An API server with somebody who owns it. */
export interface KubernetesContractWorld {
  readonly endpoint: string;
  readonly certificateAuthorityPem: string;
  token(who: Who): Promise<string>;
  close(): Promise<void>;
}

/** What the tests of one topic get. */
export interface Given {
  readonly admin: KubernetesCluster;
  /** A client of its own, closed after the tests. */
  as(who: Who): Promise<KubernetesCluster>;
  /** A client whose connections `cut` ends without a word. */
  overThinWire(): Promise<{ readonly cluster: KubernetesCluster; cut(): number }>;
  /** A namespace of this run, made before the tests. */
  readonly namespace: string;
  /** For names that nothing else in the cluster has. */
  readonly run: string;
}

/** For calls that nobody cuts short. */
export const never = new AbortController().signal;

export const manager = 'contract';

export interface Clients {
  readonly given: Omit<Given, 'admin' | 'namespace' | 'run'>;
  close(): Promise<void>;
}

export function createClients(world: KubernetesContractWorld): Clients {
  const closings: (() => Promise<void>)[] = [];
  async function connect(who: Who, endpoint: string): Promise<KubernetesCluster> {
    const token = await world.token(who);
    const { certificateAuthorityPem } = world;
    const tokens = { get: () => Promise.resolve(token), invalidate() {} };
    const cluster = createKubernetesCluster({ endpoint, certificateAuthorityPem, tokens });
    closings.unshift(() => cluster.close());
    return cluster;
  }
  return {
    given: {
      as: (who) => connect(who, world.endpoint),
      async overThinWire() {
        const wire = await startWire(new URL(world.endpoint));
        closings.unshift(wire.close);
        return { cluster: await connect('administrator', wire.endpoint), cut: wire.cut };
      },
    },
    async close() {
      for (const close of closings) await close();
    },
  };
}

/** Passes bytes on; the certificate is for the address, not for the port. */
async function startWire(target: URL) {
  const sockets = new Set<Socket>();
  const cut = (): number => {
    const { size } = sockets;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    return size / 2;
  };
  const server = createServer((near) => {
    const far = connectSocket(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket) && other.destroy());
      socket.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `https://127.0.0.1:${port}`,
    cut,
    async close() {
      server.close();
      cut();
    },
  };
}

export function configMap(namespace: string, name: string, data: Record<string, string> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

export function referenceTo({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject) {
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}
