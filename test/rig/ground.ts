/** What the clusters of a rig share, and what stands beside them. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltParts } from './build.ts';
import type { ClusterGround } from './cluster.ts';
import type { PartName } from './environment.ts';
import { exampleRegion } from '../../sandbox/example.ts';
import { type FileLock, lockFile } from './file-lock.ts';
import { startAws } from './parts/aws.ts';
import { createCertificateAuthority } from './parts/certificates.ts';
import { type DynamoDb, startDynamoDb } from './parts/dynamodb.ts';
import { startEtcd } from './parts/etcd.ts';
import { type Gitea, startGitea } from './parts/gitea.ts';
import { type Part, takeFreePorts } from './parts/process.ts';

export interface Directories {
  readonly root: string;
  readonly state: string;
  readonly logs: string;
}

/** Takes the directory for this process and throws away what an earlier rig left in it. */
export async function takeDirectory(
  root: string,
): Promise<{ readonly directories: Directories; readonly lock: FileLock }> {
  const directories: Directories = { root, state: join(root, 'state'), logs: join(root, 'logs') };
  await mkdir(root, { recursive: true });
  const lock = await lockFile(join(root, 'rig.lock'), { isToWait: false });
  if (lock === undefined) throw new Error(`another rig runs in ${root}: choose another directory with --dir`);
  await rm(join(root, 'env.json'), { force: true });
  for (const directory of [directories.state, directories.logs]) {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
  }
  return { directories, lock };
}

export interface Ground extends ClusterGround {
  readonly gitea: Gitea;
  readonly dynamodb: DynamoDb;
}

export interface GroundOptions {
  readonly built: BuiltParts;
  readonly directories: Directories;
  /** Makes the listener that learns the process ids of a part. */
  readonly record: (...names: readonly PartName[]) => (pid: number) => void;
  /** Told of each part that runs, also when another one fails. */
  readonly onPart: (part: Part) => void;
}

export async function startGround(options: GroundOptions): Promise<Ground> {
  const { built, directories, record } = options;
  const { state, logs } = directories;
  const authority = await createCertificateAuthority(join(state, 'authority'));
  const [httpPort = 0, sshPort = 0] = await takeFreePorts(2);
  const started = async <P extends Part>(starting: Promise<P>): Promise<P> => {
    const part = await starting;
    options.onPart(part);
    return part;
  };

  const etcd = started(startEtcd({ stateDirectory: state, logFile: join(logs, 'etcd.log'), onStart: record('etcd') }));
  const aws = started(
    startAws({
      directory: join(state, 'aws'),
      logFile: join(logs, 'aws.log'),
      authority,
      regions: [exampleRegion],
      onStart: record('sts', 'eks'),
    }),
  );
  const gitea = started(
    startGitea({
      binary: built.gitea,
      moduleDirectory: built.giteaModuleDirectory,
      directory: join(state, 'gitea'),
      httpPort,
      sshPort,
      logFile: join(logs, 'gitea.log'),
      onStart: record('gitea'),
    }),
  );
  const dynamodb = started(
    startDynamoDb({
      libraryDirectory: built.dynamodbDirectory,
      directory: join(state, 'dynamodb'),
      logFile: join(logs, 'dynamodb.log'),
      onStart: record('dynamodb'),
    }),
  );
  // Where one fails the others are waited for, so that all that run are known and can be stopped.
  await Promise.allSettled([etcd, aws, gitea, dynamodb]);
  return {
    ...{ built, authority, stateDirectory: state, logDirectory: logs },
    ...{ etcd: await etcd, aws: await aws, gitea: await gitea, dynamodb: await dynamodb },
  };
}
