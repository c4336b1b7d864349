/** One rig for all e2e files: they run one after the other, each with customers and clusters of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Rig, startRig } from '../rig/rig.ts';
import {
  accessOf,
  controlUrlVariable,
  environmentFileVariable,
  type RigControl,
  serveAccess,
} from '../support/e2e/rig-access.ts';

let rig: Rig | undefined;
let control: RigControl | undefined;
let directory: string | undefined;

export async function setup(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'fleet-e2e-'));
  rig = await startRig({ directory, progress: (line) => console.log(`rig: ${line}`) });
  control = await serveAccess(accessOf(rig));
  process.env[environmentFileVariable] = join(directory, 'env.json');
  process.env[controlUrlVariable] = control.url;
  console.log(`rig: ready in ${directory}`);
}

export async function teardown(): Promise<void> {
  await control?.close();
  await rig?.stop();
  // What went wrong can be read in its logs.
  if (directory !== undefined && process.env['RIG_KEEP'] === undefined) {
    await rm(directory, { recursive: true, force: true });
  }
}
