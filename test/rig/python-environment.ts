/** Python programs from PyPI, each in a virtual environment of its own in the build cache. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { obtain, type Progress } from './build-cache.ts';

export interface PythonProgram {
  readonly name: string;
  /** Path of a file for `pip install --require-hashes -r`. */
  readonly requirementsFile: string;
}

/** What the environment's Python has to run with: its files are compared with what was installed. */
export const pythonEnv = { PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' } as const;

/** Path of the environment's Python. The environment may not be moved within itself: call modules, not its scripts. */
export async function obtainPython(program: PythonProgram, progress: Progress): Promise<string> {
  const version = (await run('python3', ['--version'])).trim();
  const [, major, minor] = /^Python (\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) !== 3 || Number(minor) < 11) throw new Error(`python3 is ${version}; 3.11 or newer is needed`);
  const directory = await obtain(
    {
      name: program.name,
      recipe: [await readFile(program.requirementsFile, 'utf8'), version],
      announcement: `installing ${program.name} (1 min)`,
      build: (empty) => install(empty, program.requirementsFile),
    },
    progress,
  );
  return join(directory, 'bin', 'python');
}

async function install(directory: string, requirementsFile: string): Promise<void> {
  await run('python3', ['-m', 'venv', directory]).catch((cause: unknown) => {
    throw new Error(`python3 made no virtual environment (on Debian it needs python3-venv): ${String(cause)}`, {
      cause,
    });
  });
  // Wheels only: nothing of a package is run to install it.
  const pip = ['-m', 'pip', 'install', '--quiet', '--require-hashes', '--only-binary', ':all:', '-r', requirementsFile];
  await run(join(directory, 'bin', 'python'), pip);
}

/** The installation ends with this process. */
async function run(command: string, args: readonly string[]): Promise<string> {
  const all = ['--pdeathsig', 'KILL', '--', command, ...args];
  const { stdout } = await promisify(execFile)('setpriv', all, { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}
