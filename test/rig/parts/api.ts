/** The product: the API and its durable engine in one process, started again whenever it ends. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiEnvironment, type ApiSurroundings } from './api-environment.ts';
import { type Part, startPart, takeFreePorts, waitForPort } from './process.ts';

export interface Api extends Part {
  /** `http://127.0.0.1:PORT`; stays the same when the process is started again, as the engine's does. */
  readonly url: string;
  readonly engineUrl: string;
  /** Of the engine. */
  readonly crashPointDirectory: string;
  readonly executionsDirectory: string;
}

export interface ApiOptions {
  readonly surroundings: ApiSurroundings;
  /** Of the product's Git user. */
  readonly gitToken: string;
  readonly directory: string;
  readonly logFile: string;
  readonly onStart?: (pid: number) => void;
}

const entry = join(import.meta.dirname, '..', '..', '..', 'sandbox', 'api-server.ts');
const keepCompileCache = import.meta.resolve('./keep-compile-cache.ts');

export async function startApi(options: ApiOptions): Promise<Api> {
  const { directory } = options;
  const [port = 0, enginePort = 0] = await takeFreePorts(2);
  const engineUrl = `http://127.0.0.1:${enginePort}`;
  const gitTokenFile = join(directory, 'git-token');
  const temporaryDirectory = join(directory, 'tmp');
  const data = join(directory, 'data');
  await mkdir(temporaryDirectory, { recursive: true });
  await writeFile(gitTokenFile, options.gitToken, { mode: 0o600 });
  const part = await startPart({
    name: 'api',
    command: process.execPath,
    args: [
      '--import',
      keepCompileCache,
      entry,
      '--port',
      String(port),
      '--engine-port',
      String(enginePort),
      '--data',
      data,
    ],
    env: {
      ...apiEnvironment({ ...options.surroundings, engineUrl, gitTokenFile }),
      TMPDIR: temporaryDirectory,
      NODE_COMPILE_CACHE: join(directory, 'compile-cache'),
    },
    logFile: options.logFile,
    isSupervised: true,
    waitUntilReady: async (signal) => {
      await Promise.all([waitForPort(port, signal), waitForPort(enginePort, signal)]);
    },
    ...(options.onStart ? { onStart: options.onStart } : {}),
  });
  return {
    ...part,
    url: `http://127.0.0.1:${port}`,
    engineUrl,
    crashPointDirectory: join(data, 'crash-points'),
    executionsDirectory: join(data, 'executions'),
  };
}
