/** One rig for all e2e files: they run one after the other, each with customers and clusters of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlUrlVariable, environmentFileVariable } from '../support/e2e/rig-access.ts';
import { waitFor } from '../support/e2e/wait-for.ts';

/** Building what is missing takes 20 minutes on two cores, and more where those have other work. */
const startLimitSeconds = 3600;
const rigProcess = join(import.meta.dirname, '..', 'support', 'e2e', 'rig-process.ts');

let rig: ChildProcess | undefined;
let directory: string | undefined;

/** The rig is a process of its own: what it starts ends with it, and it runs on Node as it does for `npm run rig`. */
export async function setup(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'fleet-e2e-'));
  const started = spawn(process.execPath, [rigProcess, directory], { stdio: ['ignore', 'inherit', 'inherit'] });
  rig = started;
  const controlFile = join(directory, 'control.json');
  const control = await waitFor(
    'the rig is ready',
    async () => (started.exitCode === null ? readControl(controlFile) : { url: undefined }),
    { limitSeconds: startLimitSeconds },
  );
  if (control.url === undefined) throw new Error(`the rig did not start (exit code ${started.exitCode})`);
  process.env[environmentFileVariable] = join(directory, 'env.json');
  process.env[controlUrlVariable] = control.url;
}

async function readControl(file: string): Promise<{ readonly url: string }> {
  return JSON.parse(await readFile(file, 'utf8'));
}

export async function teardown(): Promise<void> {
  if (rig !== undefined && rig.exitCode === null) {
    const ended = once(rig, 'exit');
    rig.kill('SIGTERM');
    await ended;
  }
  // With RIG_KEEP the logs stay for whoever looks for what went wrong.
  if (directory !== undefined && process.env['RIG_KEEP'] === undefined) {
    await rm(directory, { recursive: true, force: true });
  }
}
