/** schemathesis in a Python environment of its own, which is kept where the rig keeps its real parts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Progress } from '../rig/build-cache.ts';
import { obtainPython, pythonEnv } from '../rig/python-environment.ts';

const requirementsFile = join(import.meta.dirname, 'requirements.txt');
const settingsFile = join(import.meta.dirname, 'schemathesis.toml');
const hooksFile = join(import.meta.dirname, 'hooks.py');

/** Path of the environment's Python. */
export function obtainSchemathesis(progress: Progress): Promise<string> {
  return obtainPython({ name: 'schemathesis', requirementsFile }, progress);
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
      ...pythonEnv,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), options.limitSeconds * 1000);
  const [exitCode]: readonly unknown[] = await once(child, 'exit');
  clearTimeout(timer);
  return { exitCode: typeof exitCode === 'number' ? exitCode : undefined, eventsFile, summaryFile };
}
