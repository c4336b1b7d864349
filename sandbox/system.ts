import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { createAwsApp } from './aws-app.ts';
import { lockDirectory } from './directory-lock.ts';
import { startDynalite } from './dynamodb.ts';
import { customerRoleName, exampleCluster, exampleRegion } from './example.ts';
import { openAws, putExampleCluster, type SandboxAws } from './example-aws.ts';
import { putExampleImages } from './example-ecr.ts';
import { type SandboxCluster, startCluster } from './example-cluster.ts';
import { appId, gitHostName, type SandboxGitHub, startGitHub } from './example-github.ts';
import { createKubernetesControl } from './kubernetes-control.ts';
import { onFormerPort } from './former-port.ts';
import { listen } from './listen.ts';
import { readableAnswer } from './readable-answer.ts';
import type { AwsWorld } from './simulators/aws-world.ts';
import { createTokenAuthenticator } from './simulators/eks/token-authenticator.ts';
import { createGitHubControl } from './simulators/github/github-control.ts';
import type { GitHubWorld } from './simulators/github/github-world.ts';
import { createStateFile, noStateFile, type StateFile } from './state-directory.ts';

export interface SandboxOptions {
  /** Keeps everything over restarts; without it all is in memory, and in a temporary directory until `stop`. */
  readonly directory?: string | undefined;
}

/** The product's surroundings on one machine, and nothing of the product. */
export interface Sandbox {
  /** All that `src/config.ts` and the AWS SDK read. */
  readonly env: Readonly<Record<string, string>>;
  readonly aws: AwsWorld;
  readonly github: GitHubWorld;
  /** By EKS name. */
  readonly clusters: ReadonlyMap<string, SandboxCluster>;
  readonly tableUrl: string;
  readonly gitHubUrl: string;
  /** STS, IAM, EKS and ECR, and `/_world`: what can be set in each of the worlds. */
  readonly worldUrl: string;
  /** The product's own place. */
  readonly directory: string;
  stop(): Promise<void>;
}

/** What was started, to be stopped in the opposite order. */
type Stops = (() => Promise<void>)[];

/**
 * Everything around the product, each part a simulator: AWS with one EKS cluster and a registry of images, GitHub, nodes and
 * Flux; DynamoDB.
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const stops: Stops = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).toReversed()) await one();
  };
  try {
    return { ...(await startParts(await openDirectory(options, stops), stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Directory {
  readonly root: string;
  readonly isKept: boolean;
  readonly state: (name: string) => StateFile;
}

async function openDirectory({ directory }: SandboxOptions, stops: Stops): Promise<Directory> {
  if (directory !== undefined) {
    const free = lockDirectory(directory);
    stops.push(async () => free());
    return { root: directory, isKept: true, state: (name) => createStateFile(join(directory, `${name}.json`)) };
  }
  const root = await mkdtemp(join(tmpdir(), 'fleet-sandbox-'));
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  // Also when the process ends without stopping first: it holds keys.
  process.once('exit', remove);
  stops.push(async () => {
    process.off('exit', remove);
    remove();
  });
  return { root, isKept: false, state: () => noStateFile };
}

interface Ports {
  readonly world?: number;
  readonly gitHub?: number;
}

async function startParts({ root, isKept, state }: Directory, stops: Stops): Promise<Omit<Sandbox, 'stop'>> {
  const former = (state('ports').read() as Ports | undefined) ?? {};
  const table = await startDynalite(isKept ? { directory: join(root, 'table') } : {});
  stops.push(() => table.close());
  const aws = openAws(state('aws'));
  putExampleImages(aws);
  const github = await startGitHub({
    state: state('github'),
    port: former.gitHub,
    appKeyFile: join(root, 'github-app.pem'),
  });
  stops.push(() => github.api.close());
  const cluster = await startCluster({
    objects: state(`cluster-${exampleCluster.name}`),
    server: state(`cluster-${exampleCluster.name}-server`),
    git: github.world.sshAccess(),
    authenticate: createTokenAuthenticator({ aws: aws.world, cluster: exampleCluster }),
  });
  stops.push(() => cluster.stop());
  putExampleCluster(aws, cluster);
  const clusters = new Map([[exampleCluster.name, cluster]]);
  const app = createWorldApp(aws, github, clusters);
  const world = await onFormerPort(former.world, (port) =>
    listen(async (request) => readableAnswer(request, await app.fetch(request)), port),
  );
  stops.push(() => world.close());
  state('ports').write({ world: world.port, gitHub: github.api.port } satisfies Ports);
  return {
    env: environment({ aws, github, tableUrl: table.url, worldUrl: world.url }),
    ...{ aws: aws.world, github: github.world, clusters, directory: root },
    ...{ tableUrl: table.url, gitHubUrl: github.api.url, worldUrl: world.url },
  };
}

function createWorldApp(aws: SandboxAws, github: SandboxGitHub, clusters: ReadonlyMap<string, SandboxCluster>): Hono {
  const app = createAwsApp(aws.world);
  app.route('/', createGitHubControl(github.world));
  const worlds = [...clusters].map(([name, { kubernetes }]) => [name, kubernetes] as const);
  app.route('/', createKubernetesControl(new Map(worlds)));
  return app;
}

interface Addresses {
  readonly aws: SandboxAws;
  readonly github: SandboxGitHub;
  readonly tableUrl: string;
  readonly worldUrl: string;
}

function environment({ aws, github, tableUrl, worldUrl }: Addresses): Readonly<Record<string, string>> {
  const { product } = aws;
  const gitHost = {
    ...{ name: gitHostName, kind: 'github', apiUrl: github.api.url, sshUrl: `ssh://git@${gitHostName}` },
    ...{ knownHosts: `${gitHostName} ${github.world.hostKey}\n`, appId, appKeyFile: github.appKeyFile },
  };
  return {
    FLEET_TABLE: 'fleet',
    FLEET_ROLE_NAME: customerRoleName,
    FLEET_TRUSTED_PRINCIPAL_ARN: product.arn,
    FLEET_GIT_HOSTS: JSON.stringify([gitHost]),
    FLEET_DISTRIBUTIONS_DIRECTORY: join(import.meta.dirname, 'distributions'),
    FLEET_BOOTSTRAP_FUNCTION_ARN: `arn:aws:lambda:${exampleRegion}:999900009999:function:fleet-bootstrap:live`,
    FLEET_ECR_FUNCTION_ARN: `arn:aws:lambda:${exampleRegion}:999900009999:function:fleet-ecr:live`,
    FLEET_API_SERVER_HOSTS: '127.0.0.1:*',
    AWS_REGION: exampleRegion,
    AWS_ACCESS_KEY_ID: product.accessKeyId,
    AWS_SECRET_ACCESS_KEY: product.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: tableUrl,
    AWS_ENDPOINT_URL_STS: worldUrl,
    AWS_ENDPOINT_URL_IAM: worldUrl,
    AWS_ENDPOINT_URL_EKS: worldUrl,
    AWS_ENDPOINT_URL_ECR: worldUrl,
  };
}
