/**
 * The rig's STS, IAM, EKS and ECR: one process with the simulators, their control routes, and a CONNECT proxy that leads whoever
 * asks for `sts.<region>.amazonaws.com` to the same STS over TLS, because aws-iam-authenticator asks no other name.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccessEntry, Cluster, TrailEntry } from '../../../sandbox/simulators/aws-world.ts';
import { type CertificateAuthority, createServingCertificate } from './certificates.ts';
import { type Part, startPart, takeFreePorts, waitForPort } from './process.ts';

export interface AwsOptions {
  /** Gets the certificate, the settings and the access entries of each cluster. */
  readonly directory: string;
  readonly logFile: string;
  readonly authority: CertificateAuthority;
  /** Whose STS host names the proxy answers for. */
  readonly regions: readonly string[];
  readonly onStart?: (pid: number) => void;
}

export interface ClusterAddress {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
}

export interface Aws extends Part {
  /** Plain http, for the product. */
  readonly stsUrl: string;
  readonly eksUrl: string;
  /** `HTTPS_PROXY` of an authenticator; it has to trust the authority. */
  readonly proxyUrl: string;
  /** The authenticator's dynamic file: written anew before each change to the cluster's access entries is answered. */
  accessEntriesFile(cluster: ClusterAddress): string;
  /** `/_world` of both; sandbox/simulators/README.md has the routes. A refusal is an error with its words. */
  put(path: string, body: unknown): Promise<void>;
  patch(path: string, body: unknown): Promise<void>;
  remove(path: string): Promise<void>;
  cluster(address: ClusterAddress): Promise<ClusterView>;
  /** Every authenticated call so far. */
  trail(): Promise<readonly TrailEntry[]>;
}

export type ClusterView = Omit<Cluster, 'accessEntries' | 'createdAt'> & {
  readonly createdAt: string;
  readonly accessEntries: readonly AccessEntry[];
};

/** What the process is told, in a file. */
export interface AwsProcessSettings {
  readonly stsPort: number;
  readonly eksPort: number;
  readonly proxyPort: number;
  readonly stsHosts: readonly string[];
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly accessEntriesDirectory: string;
}

export async function startAws(options: AwsOptions): Promise<Aws> {
  const accessEntriesDirectory = join(options.directory, 'access-entries');
  await mkdir(accessEntriesDirectory, { recursive: true });
  const settings = await makeSettings(options, accessEntriesDirectory);
  const settingsFile = join(options.directory, 'settings.json');
  await writeFile(settingsFile, JSON.stringify(settings));
  const { stsPort, eksPort, proxyPort } = settings;
  const part = await startPart({
    name: 'aws',
    command: process.execPath,
    args: [join(import.meta.dirname, 'aws-process.ts'), settingsFile],
    logFile: options.logFile,
    ...(options.onStart && { onStart: options.onStart }),
    waitUntilReady: async (signal) => {
      await Promise.all([stsPort, eksPort, proxyPort].map((port) => waitForPort(port, signal)));
    },
  });
  const eksUrl = `http://127.0.0.1:${eksPort}`;
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${eksUrl}/_world/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} /_world/${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    ...part,
    stsUrl: `http://127.0.0.1:${stsPort}`,
    eksUrl,
    proxyUrl: `http://127.0.0.1:${proxyPort}`,
    accessEntriesFile: (cluster) => accessEntriesFile(accessEntriesDirectory, cluster),
    put: async (path, body) => void (await control('PUT', path, body)),
    patch: async (path, body) => void (await control('PATCH', path, body)),
    remove: async (path) => void (await control('DELETE', path)),
    cluster: async (address) => (await control('GET', clusterPath(address))) as ClusterView,
    trail: async () => (await control('GET', 'trail')) as readonly TrailEntry[],
  };
}

/** The path below `/_world` of a cluster. */
export function clusterPath({ accountId, region, name }: ClusterAddress): string {
  return `clusters/${accountId}/${region}/${name}`;
}

export function accessEntriesFile(directory: string, { accountId, region, name }: ClusterAddress): string {
  return join(directory, `${accountId}-${region}-${name}.json`);
}

async function makeSettings(options: AwsOptions, accessEntriesDirectory: string): Promise<AwsProcessSettings> {
  const stsHosts = options.regions.map((region) => `sts.${region}.amazonaws.com`);
  const [[stsPort = 0, eksPort = 0, proxyPort = 0], certificate] = await Promise.all([
    takeFreePorts(3),
    createServingCertificate(options.authority, {
      directory: options.directory,
      name: 'sts',
      names: stsHosts.map((host) => `DNS:${host}`),
    }),
  ]);
  return { stsPort, eksPort, proxyPort, stsHosts, ...certificate, accessEntriesDirectory };
}
