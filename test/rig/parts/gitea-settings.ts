/** `app.ini` of the rig's Gitea, and the user that it runs as. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  chownSync,
  constants,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export interface GiteaSettings {
  readonly directory: string;
  /** Holds `templates`, `options` and `public`. */
  readonly moduleDirectory: string;
  readonly httpPort: number;
  readonly sshPort: number;
  /** PEM in `directory`; written before the start, so that its public half is known. */
  readonly hostKeyFile: string;
  readonly isRunByRoot: boolean;
}

/** Gitea for one machine: SQLite, its own SSH server, everything on 127.0.0.1, and no call to the outside. */
export function giteaIni(settings: GiteaSettings): string {
  const { directory, httpPort, sshPort } = settings;
  return `APP_NAME = rig
RUN_MODE = prod
WORK_PATH = ${directory}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = ${settings.isRunByRoot}

[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${httpPort}
DOMAIN = 127.0.0.1
ROOT_URL = http://127.0.0.1:${httpPort}/
STATIC_ROOT_PATH = ${settings.moduleDirectory}
APP_DATA_PATH = ${join(directory, 'data')}
START_SSH_SERVER = true
BUILTIN_SSH_SERVER_USER = git
SSH_USER = git
SSH_DOMAIN = 127.0.0.1
SSH_PORT = ${sshPort}
SSH_LISTEN_HOST = 127.0.0.1
SSH_LISTEN_PORT = ${sshPort}
SSH_SERVER_HOST_KEYS = ${settings.hostKeyFile}
; Also switches Gravatar and federated avatars off.
OFFLINE_MODE = true
LFS_START_SERVER = false

[database]
DB_TYPE = sqlite3
PATH = ${join(directory, 'data', 'gitea.db')}
SQLITE_JOURNAL_MODE = WAL

[security]
INSTALL_LOCK = true
SECRET_KEY = of-a-rig-that-holds-no-secret
PASSWORD_COMPLEXITY = off

[service]
DISABLE_REGISTRATION = true
DEFAULT_KEEP_EMAIL_PRIVATE = true
NO_REPLY_ADDRESS = noreply.invalid

[repository]
DEFAULT_BRANCH = main
DEFAULT_PRIVATE = private

[cron]
ENABLED = false
[cron.update_checker]
ENABLED = false
[migrations]
ALLOW_LOCALNETWORKS = true
[webhook]
ALLOWED_HOST_LIST = loopback
[mailer]
ENABLED = false
[indexer]
ISSUE_INDEXER_TYPE = db
REPO_INDEXER_ENABLED = false
[actions]
ENABLED = false
[packages]
ENABLED = false
[session]
PROVIDER = memory
[log]
MODE = console
LEVEL = Info
COLORIZE = false
`;
}

/**
 * Who is to run Gitea: it refuses to be root unless it is told that this is unsafe. `nobody` where we are root and
 * that user can reach the directory; nobody in particular (`undefined`) otherwise.
 */
export function giteaUser(directory: string): SystemUser | undefined {
  return process.getuid?.() === 0 && isOpenToOthers(directory) ? nobody : undefined;
}

/** Debian's ids; the names differ between systems, these hardly do. */
const nobody: SystemUser = { uid: 65534, gid: 65534 };

/** May every user read this and enter all folders above it? */
function isOpenToOthers(path: string): boolean {
  const isOpen = (statSync(path).mode & 0o005) === 0o005;
  return isOpen && (path === dirname(path) || isOpenToOthers(dirname(path)));
}

export interface GiteaFiles {
  readonly binary: string;
  /** Holds `templates`, `options` and `public`. */
  readonly moduleDirectory: string;
}

/** Gitea and what it reads at run time, copied into the directory where its user could not reach them. */
export function reachableFiles(files: GiteaFiles, directory: string, user: SystemUser | undefined): GiteaFiles {
  if (user === undefined) return files;
  return {
    binary: isOpenToOthers(files.binary) ? files.binary : copyBinary(files.binary, join(directory, 'gitea')),
    moduleDirectory: isOpenToOthers(files.moduleDirectory)
      ? files.moduleDirectory
      : copyFolders(files.moduleDirectory, join(directory, 'module')),
  };
}

function copyBinary(binary: string, copy: string): string {
  if (!existsSync(copy)) copyFileSync(binary, copy, constants.COPYFILE_FICLONE);
  chmodSync(copy, 0o755);
  return copy;
}

function copyFolders(from: string, to: string): string {
  for (const folder of ['templates', 'options', 'public']) {
    const copy = join(to, folder);
    if (existsSync(copy)) continue;
    // Go's module cache is read-only: a copy with its modes could not be removed.
    cpSync(join(from, folder), copy, { recursive: true, dereference: true });
    makeWritable(copy);
  }
  return to;
}

function makeWritable(path: string): void {
  const isFolder = statSync(path).isDirectory();
  chmodSync(path, isFolder ? 0o755 : 0o644);
  if (isFolder) for (const name of readdirSync(path)) makeWritable(join(path, name));
}

const ownFolders = ['custom', 'data', 'home', 'tmp'];

/** Writes the files that the user needs, and gives them to it. */
export function writeGiteaFiles(
  directory: string,
  files: Readonly<Record<string, string>>,
  user: SystemUser | undefined,
): void {
  for (const folder of ownFolders) mkdirSync(join(directory, folder), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content, { mode: 0o600 });
  if (!user) return;
  for (const name of ['.', ...ownFolders, ...Object.keys(files)]) {
    chownSync(join(directory, name), user.uid, user.gid);
  }
}
