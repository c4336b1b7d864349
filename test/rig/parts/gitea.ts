/** The real Gitea: repositories over HTTP and SSH, users, deploy keys, branch protection. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { generateKeyPair, publicKeyOf } from '../../../src/adapters/ssh-key-pairs.ts';
import { createGiteaAdministration, type GiteaAdministration } from './gitea-administration.ts';
import { giteaIni, giteaUser, reachableFiles, type SystemUser, writeGiteaFiles } from './gitea-settings.ts';
import { type Part, startPart, waitForPort, waitForUrl } from './process.ts';

export interface GiteaOptions {
  readonly binary: string;
  /** Go's copy of code.gitea.io/gitea, for its `templates`, `options` and `public`. */
  readonly moduleDirectory: string;
  /** Everything that Gitea reads and writes; what an earlier run left there is taken up again. */
  readonly directory: string;
  readonly httpPort: number;
  readonly sshPort: number;
  /** Default: `gitea.log` in the directory. */
  readonly logFile?: string;
  readonly onStart?: (pid: number) => void;
}

export interface Gitea extends Part {
  /** `http://127.0.0.1:<port>`. */
  readonly httpUrl: string;
  /** `<httpUrl>/api/v1`. */
  readonly apiUrl: string;
  /** `ssh://git@127.0.0.1:<port>`. */
  readonly sshUrl: string;
  /** A line of `known_hosts`. */
  readonly knownHosts: string;
  /** Of the site's administrator `rig-admin`, with all scopes. The product gets a bot's token instead. */
  readonly adminToken: string;
  readonly administration: GiteaAdministration;
}

const hostKeyFile = 'ssh-host-key.pem';

export async function startGitea(options: GiteaOptions): Promise<Gitea> {
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true });
  const hostKeyPem = readIfThere(join(directory, hostKeyFile)) ?? generateKeyPair().privateKeyPem;
  const user = giteaUser(directory);
  const { binary, moduleDirectory } = reachableFiles(options, directory, user);
  const isRunByRoot = user === undefined && process.getuid?.() === 0;
  const ini = giteaIni({
    ...options,
    directory,
    moduleDirectory,
    hostKeyFile: join(directory, hostKeyFile),
    isRunByRoot,
  });
  writeGiteaFiles(directory, { 'app.ini': ini, [hostKeyFile]: hostKeyPem }, user);

  const httpUrl = `http://127.0.0.1:${options.httpPort}`;
  const environment = { HOME: join(directory, 'home'), TMPDIR: join(directory, 'tmp'), GITEA_WORK_DIR: directory };
  const part = await startPart({
    name: 'gitea',
    command: binary,
    args: ['web', '--config', join(directory, 'app.ini')],
    env: environment,
    workingDirectory: directory,
    logFile: options.logFile ?? join(directory, 'gitea.log'),
    ...(user ? { user } : {}),
    ...(options.onStart ? { onStart: options.onStart } : {}),
    waitUntilReady: async (signal) => {
      await waitForUrl(`${httpUrl}/api/healthz`, signal);
      await waitForPort(options.sshPort, signal);
    },
  });
  try {
    const adminToken = await makeAdministrator({ binary, directory, environment, user });
    return {
      ...part,
      httpUrl,
      apiUrl: `${httpUrl}/api/v1`,
      sshUrl: `ssh://git@127.0.0.1:${options.sshPort}`,
      knownHosts: `[127.0.0.1]:${options.sshPort} ${publicKeyOf(hostKeyPem)}\n`,
      adminToken,
      administration: createGiteaAdministration({ apiUrl: `${httpUrl}/api/v1`, adminToken }),
    };
  } catch (error) {
    await part.stop();
    throw error;
  }
}

interface GiteaCommand {
  readonly binary: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: SystemUser | undefined;
}

const administrator = 'rig-admin';

/** The administrator's token: of a new one, or another token of the one that is there. */
async function makeAdministrator(command: GiteaCommand): Promise<string> {
  const list = await runGitea(command, ['admin', 'user', 'list', '--admin']);
  if (!list.includes(administrator)) {
    const identity = ['--username', administrator, '--email', `${administrator}@rig.invalid`];
    await runGitea(command, [
      ...['admin', 'user', 'create', '--admin', '--must-change-password=false', '--random-password'],
      ...identity,
    ]);
  }
  const output = await runGitea(command, [
    ...['admin', 'user', 'generate-access-token', '--raw', '--scopes', 'all'],
    ...['--username', administrator, '--token-name', `rig-${Date.now()}`],
  ]);
  // The log may stand before it.
  const token = /^[0-9a-f]{40}$/m.exec(output)?.[0];
  if (token === undefined) throw new Error('Gitea made no token for its administrator');
  return token;
}

async function runGitea(command: GiteaCommand, args: readonly string[]): Promise<string> {
  const { binary, directory, environment, user } = command;
  const { stdout } = await promisify(execFile)(binary, [...args, '--config', join(directory, 'app.ini')], {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
  return stdout;
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
