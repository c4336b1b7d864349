import { fetch as undiciFetch } from 'undici';
import type { GitHost } from '../ports/git-host.ts';
import { commitFiles, lastCommit } from './gitea-commits.ts';
import { addDeployKey, listDeployKeys, removeDeployKey } from './gitea-deploy-keys.ts';
import { listFolder, readBlob } from './gitea-files.ts';
import { inspectRepository } from './gitea-repository.ts';
import type { Fetch, GiteaConnection } from './gitea-requests.ts';

export interface GiteaGitHostOptions {
  /** `https://host/api/v1`; a slash at the end does no harm. */
  readonly apiUrl: string;
  /** `ssh://git@host[:port]`. */
  readonly sshUrlBase: string;
  /** The pinned host keys as lines of `known_hosts`. */
  readonly knownHosts: string;
  /** Of a user with write and admin rights on the customers' repositories; scope `write:repository`. */
  readonly token: () => Promise<string>;
  /** Default: undici's. */
  readonly fetch?: Fetch;
  /** For one request with its answer; 20 s by default. */
  readonly requestTimeoutMs?: number;
}

/** Long enough for Gitea to clone a large repository for a commit, and well below a step's deadline. */
const defaultRequestTimeoutMs = 20_000;

/** Gitea 1.26 over its REST API. */
export function createGiteaGitHost(options: GiteaGitHostOptions): GitHost {
  const connection: GiteaConnection = {
    apiUrl: options.apiUrl.replace(/\/+$/, ''),
    token: options.token,
    fetch: options.fetch ?? undiciFetch,
    requestTimeoutMs: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
  };
  const sshUrlBase = options.sshUrlBase.replace(/\/+$/, '');
  return {
    knownHosts: options.knownHosts,
    sharesDeployKeys: true,
    sshUrl: ({ owner, name }) => `${sshUrlBase}/${encodeURIComponent(owner)}/${encodeURIComponent(name)}.git`,
    inspectRepository: (repository, branch, signal) => inspectRepository(connection, { repository, branch }, signal),
    listFolder: (repository, at, signal) => listFolder(connection, { repository, ...at }, signal),
    readBlob: (repository, blob, signal) => readBlob(connection, { repository, blob }, signal),
    commitFiles: (repository, request, signal) => commitFiles(connection, { repository, ...request }, signal),
    lastCommit: (repository, of, signal) => lastCommit(connection, { repository, ...of }, signal),
    listDeployKeys: (repository, signal) => listDeployKeys(connection, repository, signal),
    addDeployKey: (repository, key, signal) => addDeployKey(connection, { repository, ...key }, signal),
    removeDeployKey: (repository, id, signal) => removeDeployKey(connection, { repository, id }, signal),
    // One token for all jobs, which the configuration owns.
    endJob: () => Promise.resolve(),
  };
}
