/** Starts every real part, the small STS, IAM, EKS and ECR, and the product, so that one REST call bootstraps a cluster. */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Progress } from './build-cache.ts';
import { buildOlderKubeApiserver, buildParts, type BuiltParts, olderKubernetesVersion } from './build.ts';
import { type ClusterOptions, type RigCluster, startCluster } from './cluster.ts';
import { createJournal, type RigDetails, type RigEnvironment } from './environment.ts';
import { exampleCluster, exampleRegion, exampleSpecs } from '../../sandbox/example.ts';
import { createExampleRepository, putCustomerRole } from './example.ts';
import { type Directories, type Ground, startGround, takeDirectory } from './ground.ts';
import { type ApiSurroundings, gitHostName, tableName } from './parts/api-environment.ts';
import { type Api, startApi } from './parts/api.ts';
import type { Aws } from './parts/aws.ts';
import type { Gitea } from './parts/gitea.ts';
import type { Part } from './parts/process.ts';
import { createProductIdentity, type ProductIdentity, putProductIdentity } from './product-identity.ts';

export interface RigOptions {
  /** Everything that the rig writes lies below; an earlier rig's leavings there are thrown away. */
  readonly directory: string;
  readonly progress?: Progress;
}

export interface Rig {
  /** What `env.json` says at this moment. */
  env(): RigEnvironment;
  readonly built: BuiltParts;
  readonly aws: Aws;
  readonly gitea: Gitea;
  /** The example's cluster. */
  readonly cluster: RigCluster;
  /** Another EKS cluster; `isOlder`: its Kubernetes is older than Flux allows. Stopped with the rig at the latest. */
  addCluster(cluster: Omit<ClusterOptions, 'kubernetes'> & { readonly isOlder?: boolean }): Promise<RigCluster>;
  stop(): Promise<void>;
}

/** Answers when everything is ready and `env.json` is written. What was started is stopped when anything fails. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const progress = options.progress ?? (() => undefined);
  const built = await buildParts(progress);
  const { directories, lock } = await takeDirectory(resolve(options.directory));
  const parts: Pick<Part, 'stop'>[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(parts.splice(0).map((part) => part.stop()));
    await rm(join(directories.root, 'env.json'), { force: true });
    await lock.release();
  };
  try {
    const started = await startParts({ built, directories, progress, onPart: (part) => parts.push(part) });
    return { ...started, built, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Start {
  readonly built: BuiltParts;
  readonly directories: Directories;
  readonly progress: Progress;
  readonly onPart: (part: Pick<Part, 'stop'>) => void;
}

async function startParts(start: Start): Promise<Omit<Rig, 'built' | 'stop'>> {
  const { built, directories, progress, onPart } = start;
  const journal = createJournal(directories.root);
  const ground = await startGround({ built, directories, record: journal.record, onPart });
  const addCluster = async (options: ClusterOptions): Promise<RigCluster> => {
    const cluster = await startCluster(ground, options);
    onPart(cluster);
    return cluster;
  };
  const product = createProductIdentity();
  const starting = addCluster({ ...exampleCluster, onStart: (part, pid) => journal.record(part)(pid) });
  const preparing = prepareWorld(ground, product);
  await Promise.allSettled([starting, preparing]);
  const cluster = await starting;
  const { botToken } = await preparing;
  const api = await startApi({
    surroundings: surroundings(ground, product),
    gitToken: botToken,
    directory: join(directories.state, 'api'),
    logFile: join(directories.logs, 'api.log'),
    onStart: journal.record('api', 'engine'),
  });
  onPart(api);
  await journal.open(describe({ ground, directories, cluster, api, product, botToken }));
  return {
    env: journal.environment,
    aws: ground.aws,
    gitea: ground.gitea,
    cluster,
    async addCluster({ isOlder, ...options }) {
      if (!isOlder) return addCluster(options);
      const kubernetes = { binary: await buildOlderKubeApiserver(progress), version: minorOf(olderKubernetesVersion) };
      return addCluster({ ...options, kubernetes });
    },
  };
}

/** What the customer of the example has, before it is onboarded: a repository, an AWS account with a role for us. */
async function prepareWorld({ aws, gitea }: Ground, product: ProductIdentity): Promise<{ readonly botToken: string }> {
  await putProductIdentity(aws, product);
  await putCustomerRole(aws, { accountId: exampleCluster.accountId, trustedPrincipalArn: product.arn });
  return createExampleRepository(gitea);
}

function surroundings(ground: Ground, product: ProductIdentity): ApiSurroundings {
  const { aws, gitea } = ground;
  return {
    product,
    region: exampleRegion,
    dynamodbUrl: ground.dynamodb.url,
    stsUrl: aws.stsUrl,
    eksUrl: aws.eksUrl,
    gitApiUrl: gitea.apiUrl,
    gitSshUrl: gitea.sshUrl,
    knownHosts: gitea.knownHosts,
    distributionsDirectory: ground.built.distributionsDirectory,
  };
}

interface StartedParts {
  readonly ground: Ground;
  readonly directories: Directories;
  readonly cluster: RigCluster;
  readonly api: Api;
  readonly product: ProductIdentity;
  readonly botToken: string;
}

function describe(started: StartedParts): Omit<RigEnvironment, 'pids'> {
  const { ground, cluster, api } = started;
  const { built, dynamodb, gitea } = ground;
  return {
    apiUrl: api.url,
    kubeconfig: cluster.kubeconfig,
    gitUrl: gitea.httpUrl,
    gitToken: gitea.adminToken,
    gitSshUrl: gitea.sshUrl,
    dynamodbUrl: dynamodb.url,
    fluxCli: built.fluxCli,
    kubectl: built.kubectl,
    example: exampleSpecs({ fluxVersion: built.fluxVersion, gitHost: gitHostName }),
    rig: rigDetails(started),
  };
}

function rigDetails({ ground, directories, cluster, api, product, botToken }: StartedParts): RigDetails {
  return {
    directory: directories.root,
    logDirectory: directories.logs,
    crashPointDirectory: api.crashPointDirectory,
    executionsDirectory: api.executionsDirectory,
    engineUrl: api.engineUrl,
    stsUrl: ground.aws.stsUrl,
    eksUrl: ground.aws.eksUrl,
    awsControlUrl: `${ground.aws.eksUrl}/_world`,
    nodeUrl: cluster.node.url,
    kubernetesUrl: cluster.url,
    authenticatorUrl: cluster.authenticator.url,
    knownHosts: ground.gitea.knownHosts,
    botToken,
    product,
    tableName,
    distributionsDirectory: ground.built.distributionsDirectory,
  };
}

function minorOf(version: string): string {
  return version.replace(/^v(\d+\.\d+).*$/, '$1');
}
