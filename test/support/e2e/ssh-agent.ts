/** A writer's SSH key in an agent, as whoever runs `flux bootstrap git` has it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcess, spawnPart } from '../../rig/parts/process.ts';
import { runCommand } from './commands.ts';
import { waitFor } from './wait-for.ts';

export interface SshAgent {
  readonly publicKey: string;
  /** Path of the private key, in OpenSSH's own form. */
  readonly keyFile: string;
  /** For a program that asks the agent and trusts the pinned host key. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Needs Debian's `openssh-client`. */
export async function startSshAgent(knownHosts: string): Promise<SshAgent> {
  const directory = await mkdtemp(join(tmpdir(), 'fleet-ssh-'));
  const keyFile = join(directory, 'key');
  const socket = join(directory, 'agent');
  const knownHostsFile = join(directory, 'known_hosts');
  await writeFile(knownHostsFile, knownHosts);
  const made = await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'writer', '-f', keyFile]);
  if (made.exitCode !== 0) throw new Error(`ssh-keygen: ${made.output}`);
  const agent = spawnPart({ command: 'ssh-agent', args: ['-D', '-a', socket], logFile: join(directory, 'agent.log') });
  const env = { SSH_AUTH_SOCK: socket, SSH_KNOWN_HOSTS: knownHostsFile };
  await waitFor(
    'the agent has the key',
    async () => (await runCommand('ssh-add', ['-q', keyFile], { env })).exitCode === 0,
  );
  const { output: publicKey } = await runCommand('cat', [`${keyFile}.pub`]);
  return {
    publicKey: publicKey.trim(),
    keyFile,
    env,
    async stop() {
      await endProcess(agent, 1000);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
