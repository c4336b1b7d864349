/** Runs the real command line tools against a cluster. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { World, WorldCluster } from './world.ts';

export interface CommandResult {
  readonly exitCode: number;
  /** stdout and stderr, in this order. */
  readonly output: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly limitSeconds?: number;
}

/** A command that fails is a result, too; one that takes too long is ended and fails. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { env = {}, limitSeconds = 240 }: CommandOptions = {},
): Promise<CommandResult> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [...args], {
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...env },
      timeout: limitSeconds * 1000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { exitCode: 0, output: stdout + stderr };
  } catch (error) {
    if (!(error instanceof Error) || !('stdout' in error) || !('stderr' in error)) throw error;
    const code = 'code' in error && typeof error.code === 'number' ? error.code : 1;
    return { exitCode: code, output: `${String(error.stdout)}${String(error.stderr)}` };
  }
}

/** `flux <args>` as the cluster's administrator. */
export function flux(world: World, cluster: WorldCluster, ...args: readonly string[]): Promise<CommandResult> {
  return runCommand(world.rig.env().fluxCli, [...args, `--kubeconfig=${cluster.kubeconfig}`, '--timeout=2m0s']);
}
