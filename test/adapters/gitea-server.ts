import { createGiteaGitHost } from '../../src/adapters/gitea-git-host.ts';
import type { GitHost } from '../../src/ports/git-host.ts';
import {
  type ScriptedReply,
  type ScriptedRequest,
  type ScriptedServer,
  startScriptedServer,
} from '../support/scripted-server.ts';

/** `GET /repos/…` → answer, the path without `/api/v1`, the query left out. */
export type GiteaScript = Readonly<Record<string, ScriptedReply | ((request: ScriptedRequest) => ScriptedReply)>>;

export interface ScriptedGitea extends ScriptedServer {
  readonly host: GitHost;
}

export const secretToken = 'a-token-that-nobody-may-see';
export const repository = { owner: 'acme', name: 'infrastructure' };
export const never = new AbortController().signal;

/** A server that gives Gitea's documented answers; whatever the script does not name is Gitea's 404. */
export async function startScriptedGitea(
  script: GiteaScript,
  options: { readonly requestTimeoutMs?: number } = {},
): Promise<ScriptedGitea> {
  const server = await startScriptedServer((request) => {
    const path = request.path.replace(/^\/api\/v1/, '').replace(/\?.*$/, '');
    const reply = script[`${request.method} ${path}`] ?? { status: 404, body: { message: 'not found' } };
    return typeof reply === 'function' ? reply(request) : reply;
  });
  const host = createGiteaGitHost({
    apiUrl: `${server.url}/api/v1/`,
    sshUrlBase: 'ssh://git@git.example:2222/',
    knownHosts: '[git.example]:2222 ssh-ed25519 AAAA\n',
    token: () => Promise.resolve(secretToken),
    ...options,
  });
  return { ...server, host };
}

/** `GET /repos/{owner}/{repo}`, as far as it matters. */
export function repositoryAnswer(fields: object = {}): ScriptedReply {
  return { body: { archived: false, mirror: false, permissions: { admin: true, push: true, pull: true }, ...fields } };
}

/** `GET /repos/{owner}/{repo}/branches/{branch}`, as far as it matters. */
export function branchAnswer(
  fields: { head?: string; protected?: boolean; user_can_push?: boolean } = {},
): ScriptedReply {
  const { head = 'c0ffee', ...rest } = fields;
  return { body: { name: 'main', commit: { id: head }, protected: false, user_can_push: true, ...rest } };
}
