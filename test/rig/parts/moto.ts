/** moto's server: a simulation of AWS by others. It knows no signatures, and each account begins empty. */
import { join } from 'node:path';
import type { Progress } from '../build-cache.ts';
import { obtainPython, pythonEnv } from '../python-environment.ts';
import { type Part, startPart, takeFreePort, waitForUrl } from './process.ts';

export interface Moto extends Part {
  readonly url: string;
}

const requirementsFile = join(import.meta.dirname, '..', 'recipes', 'moto', 'requirements.txt');

export async function startMoto(options: {
  /** For what it writes: its log. */
  readonly directory: string;
  readonly progress: Progress;
}): Promise<Moto> {
  const python = await obtainPython({ name: 'moto', requirementsFile }, options.progress);
  const port = await takeFreePort();
  const url = `http://127.0.0.1:${port}`;
  const part = await startPart({
    name: 'moto',
    command: python,
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    env: pythonEnv,
    workingDirectory: options.directory,
    logFile: join(options.directory, 'moto.log'),
    waitUntilReady: (signal) => waitForUrl(`${url}/moto-api/`, signal),
  });
  return { ...part, url };
}
