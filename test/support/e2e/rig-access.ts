/** A rig as the suites and benches use it, from the process that runs it or from another one. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { RigEnvironment } from '../../rig/environment.ts';
import type { ClusterAddress } from '../../rig/parts/aws.ts';
import { takeFreePort } from '../../rig/parts/process.ts';
import type { Rig } from '../../rig/rig.ts';

/** One EKS cluster of a rig. */
export interface TestCluster {
  readonly address: ClusterAddress;
  /** Of the API server. */
  readonly url: string;
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly nodeUrl: string;
}

export interface NewCluster extends ClusterAddress {
  /** Its Kubernetes is older than Flux allows. */
  readonly isOlder?: boolean;
}

export interface RigAccess {
  /** As it is at this moment: a part that was started again has another process id. */
  env(): RigEnvironment;
  /** A fresh cluster without anything in it. */
  addCluster(cluster: NewCluster): Promise<TestCluster>;
  /** Ends its processes and takes it out of EKS. */
  removeCluster(address: ClusterAddress): Promise<void>;
}

/** For the process that runs the rig. */
export function accessOf(rig: Rig): RigAccess {
  const clusters = new Map<string, { stop(): Promise<void> }>();
  return {
    env: () => rig.env(),
    async addCluster(options) {
      const cluster = await rig.addCluster(options);
      clusters.set(keyOf(options), cluster);
      const { address, url, kubeconfig, node } = cluster;
      return { address, url, kubeconfig, nodeUrl: node.url };
    },
    async removeCluster(address) {
      const cluster = clusters.get(keyOf(address));
      clusters.delete(keyOf(address));
      await cluster?.stop();
    },
  };
}

export interface RigControl {
  readonly url: string;
  close(): Promise<void>;
}

/** Lets other processes add clusters: `POST /` and `DELETE /` with a cluster as JSON. */
export async function serveAccess(access: RigAccess): Promise<RigControl> {
  const port = await takeFreePort();
  const server = createServer((request, response) => {
    void carryOut(access, request).then(
      (answer) => response.end(JSON.stringify(answer ?? null)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  // Building an older Kubernetes takes its time.
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function carryOut(access: RigAccess, request: IncomingMessage): Promise<TestCluster | void> {
  const body: NewCluster = JSON.parse(await text(request));
  return request.method === 'DELETE' ? access.removeCluster(body) : access.addCluster(body);
}

/** Where the suites find the rig that `test/e2e/global-setup.ts` has started. */
export const environmentFileVariable = 'RIG_ENV';
export const controlUrlVariable = 'RIG_CONTROL';

/** For a process that was started by the one that runs the rig. */
export function sharedRig(): RigAccess {
  const file = required(environmentFileVariable);
  const controlUrl = required(controlUrlVariable);
  const control = async (method: string, body: object): Promise<string> => {
    const answer = await fetch(controlUrl, { method, body: JSON.stringify(body) });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`the rig: ${said}`);
    return said;
  };
  return {
    env: (): RigEnvironment => JSON.parse(readFileSync(file, 'utf8')),
    addCluster: async (cluster): Promise<TestCluster> => JSON.parse(await control('POST', cluster)),
    async removeCluster({ accountId, region, name }) {
      await control('DELETE', { accountId, region, name });
    },
  };
}

function required(variable: string): string {
  const value = process.env[variable];
  if (value === undefined) throw new Error(`${variable} is not set: vitest's global setup of the e2e project sets it`);
  return value;
}

function keyOf({ accountId, region, name }: ClusterAddress): string {
  return `${accountId}/${region}/${name}`;
}
