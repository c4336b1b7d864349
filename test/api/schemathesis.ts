/** schemathesis in a Python environment of its own, which is kept where the rig keeps its real parts. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { obtain, type Progress } from '../rig/build-cache.ts';

const requirementsFile = join(import.meta.dirname, 'requirements.txt');
const settingsFile = join(import.meta.dirname, 'schemathesis.toml');
const hooksFile = join(import.meta.dirname, 'hooks.py');

/** Path of the environment's Python. The environment may not be moved within itself: call modules, not its scripts. */
export async function obtainSchemathesis(progress: Progress): Promise<string> {
  const version = (await run('python3', ['--version'])).trim();
  const [, major, minor] = /^Python (\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) !== 3 || Number(minor) < 11) throw new Error(`python3 is ${version}; 3.11 or newer is needed`);
  const directory = await obtain(
    {
      name: 'schemathesis',
      recipe: [await readFile(requirementsFile, 'utf8'), version],
      announcement: 'installing schemathesis (1 min)',
      build: install,
    },
    progress,
  );
  return join(directory, 'bin', 'python');
}

async function install(directory: string): Promise<void> {
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

export interface SchemathesisRun {
  /** Of the environment. */
  readonly python: string;
  /** Path of the OpenAPI document. */
  readonly contract: string;
  readonly apiUrl: string;
  /** Gets the reports; nothing else is written. */
  readonly directory: string;
  /** What it may take; it spends all of it. */
  readonly seconds: number;
  /** Ended by force after this time. */
  readonly limitSeconds: number;
  /** A run with the seed of another one begins with the same cases. */
  readonly seed?: string;
}

export interface SchemathesisEnd {
  /** `undefined`: it had to be ended. */
  readonly exitCode: number | undefined;
  /** Paths of the events, one a line, and of the summary, which is missing where it was ended. */
  readonly eventsFile: string;
  readonly summaryFile: string;
}

/** Its output is ours. */
export async function runSchemathesis(options: SchemathesisRun): Promise<SchemathesisEnd> {
  const { python, contract, apiUrl, directory, seconds, seed } = options;
  const eventsFile = join(directory, 'events.ndjson');
  const summaryFile = join(directory, 'summary.json');
  const args = [
    ...['-m', 'schemathesis.cli', '--config-file', settingsFile, 'run', contract, '--url', apiUrl],
    ...['--max-time', String(seconds), ...(seed === undefined ? [] : ['--seed', seed]), '--no-color'],
    ...['--report', 'ndjson,json', '--report-ndjson-path', eventsFile, '--report-json-path', summaryFile],
  ];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', python, ...args], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      SCHEMATHESIS_HOOKS: hooksFile,
      // The environment's files are compared with what was installed.
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUTF8: '1',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), options.limitSeconds * 1000);
  const [exitCode]: readonly unknown[] = await once(child, 'exit');
  clearTimeout(timer);
  return { exitCode: typeof exitCode === 'number' ? exitCode : undefined, eventsFile, summaryFile };
}
