/** `env.json`: what a rig tells about itself. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Example } from '../../sandbox/example.ts';
import type { ProductIdentity } from './product-identity.ts';

export type PartName =
  | 'api'
  | 'engine'
  | 'node'
  | 'kube-apiserver'
  | 'etcd'
  | 'gitea'
  | 'dynamodb'
  | 'sts'
  | 'eks'
  | 'authenticator';

export interface RigEnvironment {
  readonly apiUrl: string;
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly gitUrl: string;
  /** Of the Git server's administrator. */
  readonly gitToken: string;
  readonly gitSshUrl: string;
  readonly dynamodbUrl: string;
  readonly fluxCli: string;
  readonly kubectl: string;
  /** The present process of each part; one process may be several parts. */
  readonly pids: Readonly<Record<PartName, number>>;
  readonly example: Example;
  /** What tests and benches need beyond that. */
  readonly rig: RigDetails;
}

export interface RigDetails {
  readonly directory: string;
  readonly logDirectory: string;
  /** A crash point is armed by a file here; sandbox/engine says how. */
  readonly crashPointDirectory: string;
  /** The engine's store. */
  readonly executionsDirectory: string;
  readonly engineUrl: string;
  readonly stsUrl: string;
  readonly eksUrl: string;
  /** Routes that set the world of STS, IAM, EKS and ECR: sandbox/simulators/README.md. */
  readonly awsControlUrl: string;
  readonly nodeUrl: string;
  readonly kubernetesUrl: string;
  readonly authenticatorUrl: string;
  readonly knownHosts: string;
  /** The product's own Git user. */
  readonly botToken: string;
  /** The product's own credentials in AWS. */
  readonly product: ProductIdentity;
  readonly tableName: string;
  readonly distributionsDirectory: string;
}

/** Learns the parts' process ids and keeps `env.json` up to date with them. */
export interface Journal {
  /** Makes the listener for the process ids of a part. */
  record(...names: readonly PartName[]): (pid: number) => void;
  /** Writes `env.json`, and again at each new process id. */
  open(description: Omit<RigEnvironment, 'pids'>): Promise<void>;
  environment(): RigEnvironment;
}

export function createJournal(directory: string): Journal {
  const pids: Record<PartName, number> = {
    ...{ api: 0, engine: 0, node: 0, 'kube-apiserver': 0, etcd: 0 },
    ...{ gitea: 0, dynamodb: 0, sts: 0, eks: 0, authenticator: 0 },
  };
  let description: Omit<RigEnvironment, 'pids'> | undefined;
  const write = createWriter(directory);
  const environment = (): RigEnvironment => {
    if (description === undefined) throw new Error('the rig is not ready');
    return { ...description, pids: { ...pids } };
  };
  return {
    environment,
    record:
      (...names) =>
      (pid) => {
        for (const name of names) pids[name] = pid;
        if (description !== undefined) void write(environment());
      },
    async open(ready) {
      description = ready;
      await write(environment());
    },
  };
}

/** Writes the file whole or not at all. Calls are carried out one after the other: the last one stands. */
function createWriter(directory: string): (environment: RigEnvironment) => Promise<void> {
  let queue = Promise.resolve();
  return (environment) => {
    const text = `${JSON.stringify(environment, undefined, 2)}\n`;
    queue = queue.then(async () => {
      const file = join(directory, 'env.json');
      await writeFile(`${file}.new`, text, { mode: 0o600 });
      await rename(`${file}.new`, file);
    });
    return queue;
  };
}
