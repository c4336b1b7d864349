/** One EKS cluster of the rig: an API server on the shared etcd, its authenticator, and the node. */
import { join } from 'node:path';
import type { BuiltParts } from './build.ts';
import { type Authenticator, startAuthenticator } from './parts/authenticator.ts';
import { type Aws, type ClusterAddress, clusterPath } from './parts/aws.ts';
import type { CertificateAuthority } from './parts/certificates.ts';
import type { Etcd } from './parts/etcd.ts';
import { type KubeApiserver, startKubeApiserver } from './parts/kube-apiserver.ts';
import { type ClusterNode, startNode } from './parts/node.ts';

/** What the clusters of a rig share. */
export interface ClusterGround {
  readonly built: BuiltParts;
  readonly authority: CertificateAuthority;
  readonly etcd: Etcd;
  readonly aws: Aws;
  readonly stateDirectory: string;
  readonly logDirectory: string;
}

export interface ClusterOptions extends ClusterAddress {
  /** Default: the present version. The name says what EKS answers (`1.36`), the binary what `/version` does. */
  readonly kubernetes?: { readonly binary: string; readonly version: string };
  /** Called with each process id of the cluster's parts. */
  readonly onStart?: (part: 'kube-apiserver' | 'authenticator' | 'node', pid: number) => void;
}

export interface RigCluster {
  readonly address: ClusterAddress;
  /** Of the API server, as `DescribeCluster` tells it. */
  readonly url: string;
  /** An administrator's. */
  readonly kubeconfig: string;
  readonly administratorToken: string;
  readonly authenticator: Authenticator;
  readonly apiserver: KubeApiserver;
  readonly node: ClusterNode;
  /** Ends the processes and removes the cluster from EKS. */
  stop(): Promise<void>;
}

export const presentKubernetesVersion = '1.36';

/** Starts the cluster and makes it known to EKS, without access entries: nobody but the administrator gets in. */
export async function startCluster(ground: ClusterGround, options: ClusterOptions): Promise<RigCluster> {
  const { accountId, region, name } = options;
  const address = { accountId, region, name };
  const clusterName = `${accountId}-${region}-${name}`;
  const directory = join(ground.stateDirectory, 'clusters', clusterName);
  const logFile = (part: string): string => join(ground.logDirectory, clusterName, `${part}.log`);

  const authenticator = await startAuthenticator({
    binary: ground.built.authenticator,
    directory: join(directory, 'authenticator'),
    logFile: logFile('authenticator'),
    clusterId: name,
    accessEntriesFile: ground.aws.accessEntriesFile(address),
    proxyUrl: ground.aws.proxyUrl,
    authorityFile: ground.authority.certificateFile,
    region,
    onStart: (pid) => options.onStart?.('authenticator', pid),
  });
  const apiserver = await startKubeApiserver({
    binary: options.kubernetes?.binary ?? ground.built.kubeApiserver,
    etcdUrl: ground.etcd.url,
    clusterName,
    authority: ground.authority,
    directory: join(directory, 'kube-apiserver'),
    logFile: logFile('kube-apiserver'),
    webhookKubeconfig: authenticator.webhookKubeconfig,
    onStart: (pid) => options.onStart?.('kube-apiserver', pid),
  });
  const node = await startNode({
    kubeconfig: apiserver.kubeconfig,
    binaryDirectory: ground.built.controllersDirectory,
    stateDirectory: join(directory, 'node'),
    logDirectory: join(ground.logDirectory, clusterName),
    onStart: (pid) => options.onStart?.('node', pid),
  });
  await ground.aws.put(clusterPath(address), {
    version: options.kubernetes?.version ?? presentKubernetesVersion,
    endpoint: apiserver.url,
    certificateAuthority: Buffer.from(ground.authority.certificate).toString('base64'),
  });
  return {
    address,
    url: apiserver.url,
    kubeconfig: apiserver.kubeconfig,
    administratorToken: apiserver.administratorToken,
    authenticator,
    apiserver,
    node,
    async stop() {
      await ground.aws.remove(clusterPath(address)).catch(() => undefined);
      await node.stop();
      await Promise.all([apiserver.stop(), authenticator.stop()]);
    },
  };
}
