import type { GitHost, RepositoryAddress } from '../ports/git-host.ts';
import type { RequestBudget } from '../ports/request-budget.ts';
import { createGitHubApp } from './github-app.ts';
import { commitFiles } from './github-commits.ts';
import { addDeployKey, listDeployKeys, removeDeployKey } from './github-deploy-keys.ts';
import { lastCommit, listFolder, readBlob } from './github-files.ts';
import { findHead, inspectRepository } from './github-repository.ts';
import { nameOf } from './github-requests.ts';
import { createPauses } from './github-pauses.ts';
import { createTransport, type GitHubFetch } from './github-transport.ts';
import { atRepository, createVisits, endJob, type GitHubConnection, type Visit, visiting } from './github-visits.ts';

export interface GitHubGitHostOptions {
  /** `https://api.github.com`, or `https://host/api/v3` of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** `ssh://git@github.com`. */
  readonly sshUrlBase: string;
  /** The pinned host keys as lines of `known_hosts`. */
  readonly knownHosts: string;
  readonly appId: string;
  /** PEM of the App's private key; asked for whenever a token is signed. */
  readonly appKey: () => Promise<string>;
  /** GitHub has refused what the key signed; it is asked for again, and the call made once more. */
  readonly onAppKeyRefused?: () => Promise<void>;
  /** Of requests that create content, shared by all functions. */
  readonly budget: RequestBudget;
  /** Default: undici's. */
  readonly fetch?: GitHubFetch;
  readonly now: () => Date;
  /** A whole number from 0 up to, but not including, the limit. */
  readonly randomBelow: (limit: number) => number;
  /** For one request with its answer; 15 s by default. */
  readonly requestTimeoutMs?: number;
}

/** GitHub itself gives up after 10 seconds (docs.github.com, "Timeouts"). */
const defaultRequestTimeoutMs = 15_000;

/** GitHub over its REST API, as an App (docs.github.com/rest, version 2022-11-28). */
export function createGitHubGitHost(options: GitHubGitHostOptions): GitHost {
  const { apiUrl, fetch, requestTimeoutMs = defaultRequestTimeoutMs, appId, now, budget } = options;
  const { appKey, onAppKeyRefused, randomBelow } = options;
  const transport = createTransport({ apiUrl, fetch, requestTimeoutMs });
  const pauses = createPauses({ budget, now, randomBelow });
  const connection: GitHubConnection = {
    app: createGitHubApp({ transport, pauses, appId, appKey, now, onAppKeyRefused }),
    budget,
    visits: createVisits(),
  };
  const sshUrlBase = options.sshUrlBase.replace(/\/+$/, '');
  return {
    knownHosts: options.knownHosts,
    sharesDeployKeys: false,
    sshUrl: ({ owner, name }) => `${sshUrlBase}/${encodeURIComponent(owner)}/${encodeURIComponent(name)}.git`,
    inspectRepository: (repository, branch, signal) =>
      visiting(connection, { repository, signal }, (entrance) => inspectRepository(entrance, branch, signal)),
    ...reading(connection),
    ...writing(connection),
    endJob: (job) => endJob(connection, job),
  };
}

type At = <T>(
  repository: RepositoryAddress,
  call: { readonly signal: AbortSignal; readonly what: string },
  body: (visit: Visit) => Promise<T>,
) => Promise<T>;

function at(connection: GitHubConnection): At {
  return (repository, { signal, what }, body) =>
    atRepository(connection, { repository, signal, attempted: `${what} of ${nameOf(repository)}` }, body);
}

function reading(connection: GitHubConnection) {
  const visit = at(connection);
  return {
    listFolder: (repository, place, signal) =>
      visit(repository, { signal, what: 'list the files' }, (here) => listFolder(here, place, signal)),
    readBlob: (repository, blob, signal) =>
      visit(repository, { signal, what: `read the blob ${blob}` }, (here) => readBlob(here, blob, signal)),
    lastCommit: (repository, { branch, path }, signal) =>
      visit(repository, { signal, what: `read the last commit to ${path}` }, async (here) => {
        const head = await findHead(here, branch, signal);
        return head === undefined ? undefined : lastCommit(here, { head, path }, signal);
      }),
    listDeployKeys: (repository, signal) =>
      visit(repository, { signal, what: 'list the deploy keys' }, (here) => listDeployKeys(here, signal)),
  } satisfies Partial<GitHost>;
}

function writing(connection: GitHubConnection) {
  const visit = at(connection);
  return {
    commitFiles: (repository, request, signal) =>
      visit(repository, { signal, what: `commit to ${request.branch}` }, (here) => commitFiles(here, request, signal)),
    addDeployKey: (repository, key, signal) =>
      visit(repository, { signal, what: 'add a deploy key' }, (here) => addDeployKey(here, key, signal)),
    removeDeployKey: (repository, id, signal) =>
      visit(repository, { signal, what: `remove the deploy key ${id}` }, (here) => removeDeployKey(here, id, signal)),
  } satisfies Partial<GitHost>;
}
