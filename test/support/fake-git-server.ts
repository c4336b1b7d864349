/** A Git server with deploy keys and a host key, for one cluster's source-controller. */
import type { FetchedSource, FetchRequest, GitServer } from '../../sandbox/simulators/flux/git-server.ts';

export interface FakeGitServer extends GitServer {
  /** Branch → its head. */
  readonly branches: Map<string, { readonly commit: string; readonly files: ReadonlyMap<string, string> }>;
  /** Private keys whose public halves are deploy keys. */
  readonly keys: Set<string>;
  /** Of the server's host key. */
  hostKey: string;
  readonly fetches: FetchRequest[];
  /** A new head: files by path. */
  push(files: Readonly<Record<string, string>>, branch?: string): string;
}

export const fakeGitUrl = 'ssh://git@git.example/acme/infrastructure.git';
export const fakeIdentity = '-----BEGIN OPENSSH PRIVATE KEY-----\nright\n-----END OPENSSH PRIVATE KEY-----\n';
export const fakeKnownHosts = 'git.example ssh-ed25519 AAAAhost';

export function fakeGitServer(): FakeGitServer {
  const server: FakeGitServer = {
    branches: new Map(),
    keys: new Set([fakeIdentity]),
    hostKey: fakeKnownHosts,
    fetches: [],
    push(files, branch = 'main') {
      const commit = (server.branches.size + server.fetches.length + 1).toString(16).padStart(8, '0').repeat(5);
      const isTaken = [...server.branches.values()].some((head) => head.commit === commit);
      const id = isTaken ? `f${commit.slice(1)}` : commit;
      server.branches.set(branch, { commit: id, files: new Map(Object.entries(files)) });
      return id;
    },
    fetch(request) {
      server.fetches.push(request);
      return answer(server, request);
    },
  };
  return server;
}

function answer(server: FakeGitServer, { url, privateKeyPem, knownHosts, branch }: FetchRequest): FetchedSource {
  const failed = 'ssh: handshake failed:';
  const line = knownHosts.split('\n').find((one) => one.startsWith('git.example '));
  if (line === undefined) return { kind: 'refused', message: `${failed} knownhosts: key is unknown` };
  if (line !== server.hostKey) return { kind: 'refused', message: `${failed} knownhosts: key mismatch` };
  if (url !== fakeGitUrl) return { kind: 'refused', message: 'repository not found' };
  if (!server.keys.has(privateKeyPem)) {
    const methods = 'attempted methods [none publickey], no supported methods remain';
    return { kind: 'refused', message: `${failed} ssh: unable to authenticate, ${methods}` };
  }
  const head = server.branches.get(branch);
  if (!head) return { kind: 'refused', message: `couldn't find remote ref "refs/heads/${branch}"` };
  return { kind: 'fetched', ...head };
}
