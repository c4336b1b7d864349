/**
 * A Git server over SSH, as source-controller uses one: it proves itself by its host key, the client by a deploy key.
 * The simulator of GitHub answers it.
 */
export interface GitServer {
  fetch(request: FetchRequest): FetchedSource;
}

export interface FetchRequest {
  /** `ssh://git@host[:port]/owner/name[.git]` */
  readonly url: string;
  /** Secret; in any form that ssh-keygen writes. */
  readonly privateKeyPem: string;
  /** Lines of a `known_hosts` file; the server's host key has to be among them. */
  readonly knownHosts: string;
  readonly branch: string;
}

/**
 * A refusal is in the words that go-git and golang.org/x/crypto/ssh have for it, without what Flux puts before them.
 * Seen on the real source-controller 1.9.3:
 *
 * - the host is in no line: `ssh: handshake failed: knownhosts: key is unknown`
 * - it has another key there: `ssh: handshake failed: knownhosts: key mismatch`
 * - no such deploy key:
 *   `ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain`
 * - no such branch: `couldn't find remote ref "refs/heads/gone"`
 * - nobody listens: `dial tcp 127.0.0.1:1: connect: connection refused`
 * - the private key is none: `ssh: no key found`; the repository has no commit: `remote repository is empty`
 */
export type FetchedSource =
  /** The whole tree at the branch's head: path → content. */
  | { readonly kind: 'fetched'; readonly commit: string; readonly files: ReadonlyMap<string, string> }
  | { readonly kind: 'refused'; readonly message: string };
