/** etcd from Debian's package `etcd-server`. One serves all API servers of a rig, each under a prefix of its own. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Part, startPart, takeFreePorts, waitForUrl } from './process.ts';

export interface Etcd extends Part {
  readonly url: string;
}

export interface EtcdOptions {
  readonly stateDirectory: string;
  readonly logFile: string;
  readonly onStart?: (pid: number) => void;
}

const debianBinary = '/usr/bin/etcd';

export async function startEtcd(options: EtcdOptions): Promise<Etcd> {
  await access(debianBinary).catch((cause: unknown) => {
    throw new Error(`${debianBinary} is missing: install Debian's package "etcd-server"`, { cause });
  });
  const [clientPort, peerPort] = await takeFreePorts(2);
  const url = `http://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const part = await startPart({
    name: 'etcd',
    command: debianBinary,
    args: [
      '--name=rig',
      `--data-dir=${join(options.stateDirectory, 'etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=rig=${peerUrl}`,
      // What a rig stores is thrown away with it; syncing each write would cost more than everything else together.
      '--unsafe-no-fsync',
      '--logger=zap',
      '--log-level=warn',
    ],
    logFile: options.logFile,
    stopGraceMilliseconds: 0,
    waitUntilReady: (signal) => waitForUrl(`${url}/health`, signal),
    ...(options.onStart ? { onStart: options.onStart } : {}),
  });
  return { ...part, url };
}
