import type { FetchedSource, GitServer } from '../flux/git-server.ts';
import { findOwner, findRenamed, findRepository, type GitHubCore } from './github-core.ts';
import type { Repository } from './github-state.ts';
import { judgeHostKey } from './known-hosts.ts';
import { filesOf } from './object-store.ts';
import { publicKeyOfPrivate } from './ssh-keys.ts';

/**
 * The Git server behind `ssh://git@…`, as a client with a private key and pinned host keys meets it: first the host's
 * key is compared, then the client's key has to be somebody's, then it has to be one for this repository.
 *
 * Source of the refusals: golang.org/x/crypto/ssh (knownhosts, client_auth), go-git, and what Flux's users report of
 * them (fluxcd/flux2#2098, fluxcd/flux2#826, fluxcd/source-controller#652).
 */
export function createSshAccess(core: GitHubCore): GitServer {
  return {
    fetch({ url, privateKeyPem, knownHosts, branch }) {
      const address = readAddress(url);
      if (!address) return refused(`unsupported scheme of ${url}`);
      const verdict = judgeHostKey(knownHosts, { ...address, key: core.state.hostKey });
      if (verdict !== 'known') return refused(`ssh: handshake failed: ${hostKeyRefusals[verdict]}`);
      const publicKey = publicKeyOfPrivate(privateKeyPem);
      if (publicKey === undefined) return refused('ssh: no key found');
      if (!isAccepted(core, publicKey)) return refused(`ssh: handshake failed: ${unauthenticated}`);
      // "All git clone, git fetch, or git push operations targeting the previous location will continue to function".
      const repository = findRepository(core.state, address) ?? findRenamed(core.state, address);
      if (!repository || !mayRead(core, repository, publicKey)) return refused('repository not found');
      return fetchBranch(repository, branch);
    },
  };
}

const hostKeyRefusals = {
  mismatch: 'knownhosts: key mismatch',
  unknown: 'knownhosts: key is unknown',
  revoked: 'knownhosts: key is revoked',
} as const;

const unauthenticated = 'ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain';

function refused(message: string): FetchedSource {
  return { kind: 'refused', message };
}

function readAddress(url: string) {
  const [, host = '', port = '22', owner = '', name = ''] =
    /^ssh:\/\/git@([^/:]+|\[[^\]]+\])(?::(\d+))?\/([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url) ?? [];
  return name === '' ? undefined : { host, port: Number(port), owner, name };
}

/** Whoever the key belongs to may log in; what it may read is asked afterwards. */
function isAccepted({ state }: GitHubCore, publicKey: string): boolean {
  return (
    [...state.owners.values()].some(({ keys }) => keys.some((key) => key.publicKey === publicKey)) ||
    [...state.repositories.values()].some((repository) => isDeployKeyOf(repository, publicKey))
  );
}

function isDeployKeyOf({ deployKeys }: Repository, publicKey: string): boolean {
  return [...deployKeys.values()].some((key) => key.publicKey === publicKey);
}

/** Switching deploy keys off disables those that exist (docs.github.com, "Restricting deploy keys in your organization"). */
function mayRead({ state }: GitHubCore, repository: Repository, publicKey: string): boolean {
  const owner = findOwner(state, repository.owner);
  if (isDeployKeyOf(repository, publicKey)) return owner?.allowsDeployKeys !== false;
  return !repository.isPrivate || (owner?.keys.some((key) => key.publicKey === publicKey) ?? false);
}

function fetchBranch({ refs, objects }: Repository, branch: string): FetchedSource {
  if (refs.size === 0) return refused('remote repository is empty');
  const commit = refs.get(`refs/heads/${branch}`);
  if (commit === undefined) return refused(`couldn't find remote ref "refs/heads/${branch}"`);
  const files = [...filesOf(objects, objects.commits.get(commit)?.tree ?? '')].flatMap(([path, { id }]) => {
    const content = objects.blobs.get(id);
    return content ? [[path, Buffer.from(content).toString()] as const] : [];
  });
  return { kind: 'fetched', commit, files: new Map(files) };
}
