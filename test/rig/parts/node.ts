/** Starts the process that plays the cluster's node (`node-process.ts`). */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeSettings } from './node-process.ts';
import { type Part, startPart, takeFreePorts, waitForUrl } from './process.ts';

export interface ClusterNode extends Part {
  /** `GET /controllers` tells `{ <deployment>: { pid, isReady } }`. */
  readonly url: string;
}

export interface ClusterNodeOptions {
  /** An administrator's. */
  readonly kubeconfig: string;
  /** Holds a binary for each controller, by the name of its image. */
  readonly binaryDirectory: string;
  readonly stateDirectory: string;
  readonly logDirectory: string;
  readonly onStart?: (pid: number) => void;
}

export async function startNode(options: ClusterNodeOptions): Promise<ClusterNode> {
  const [port = 0, eventsPort = 0] = await takeFreePorts(2);
  const url = `http://127.0.0.1:${port}`;
  const settingsFile = join(options.stateDirectory, 'node.json');
  await mkdir(options.stateDirectory, { recursive: true });
  const { kubeconfig, binaryDirectory, stateDirectory, logDirectory } = options;
  const settings: NodeSettings = { port, eventsPort, kubeconfig, binaryDirectory, stateDirectory, logDirectory };
  await writeFile(settingsFile, JSON.stringify(settings));
  const part = await startPart({
    name: 'node',
    command: process.execPath,
    args: [fileURLToPath(new URL('node-process.ts', import.meta.url)), settingsFile],
    logFile: join(logDirectory, 'node.log'),
    isSupervised: true,
    // Its controllers end with it: nobody will want the leases that they would give back.
    stopGraceMilliseconds: 0,
    waitUntilReady: (signal) => waitForUrl(`${url}/readyz`, signal),
    ...(options.onStart ? { onStart: options.onStart } : {}),
  });
  return { ...part, url };
}
