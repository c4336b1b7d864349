/** What the owner of a Gitea does: users, repositories, rights, branch protection. Needs a site administrator's token. */
import { randomUUID } from 'node:crypto';

export interface GiteaUser {
  readonly name: string;
  /** May do through the API whatever the user may do to repositories. */
  readonly token: string;
}

export interface NewRepository {
  /** A user that exists. */
  readonly owner: string;
  readonly name: string;
  /** Default `main`. */
  readonly branch?: string;
  /** Path → content of the first commit; without files the repository stays empty. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Fields of Gitea's `CreateBranchProtectionOption`, as far as the tests use them. */
export interface BranchRule {
  readonly branch: string;
  readonly enable_push?: boolean;
  readonly enable_push_whitelist?: boolean;
  readonly push_whitelist_usernames?: readonly string[];
  readonly protected_file_patterns?: string;
  readonly require_signed_commits?: boolean;
}

export interface GiteaAdministration {
  /** A new ordinary user, or another token of one that is there. `scopes` of the token: repositories by default. */
  createUser(name: string, scopes?: readonly string[]): Promise<GiteaUser>;
  createRepository(repository: NewRepository): Promise<void>;
  deleteRepository(repository: { owner: string; name: string }): Promise<void>;
  addCollaborator(
    repository: { owner: string; name: string },
    user: string,
    permission: 'read' | 'write' | 'admin',
  ): Promise<void>;
  protectBranch(repository: { owner: string; name: string }, rule: BranchRule): Promise<void>;
  addUserKey(user: string, publicKey: string): Promise<void>;
  /** Any other call, as the administrator; an answer other than 2xx is an error. */
  call(method: string, path: string, body?: object): Promise<unknown>;
}

export function createGiteaAdministration(access: { apiUrl: string; adminToken: string }): GiteaAdministration {
  const call = (method: string, path: string, body?: object): Promise<unknown> =>
    send({ method, url: `${access.apiUrl}${path}`, authorization: `token ${access.adminToken}`, body });

  return {
    call,
    createUser: (name, scopes = ['write:repository', 'read:user']) => createUser({ ...access, call }, name, scopes),
    createRepository: (repository) => createRepository(call, repository),
    async deleteRepository({ owner, name }) {
      await call('DELETE', `/repos/${owner}/${name}`);
    },
    async addCollaborator({ owner, name }, user, permission) {
      await call('PUT', `/repos/${owner}/${name}/collaborators/${user}`, { permission });
    },
    async protectBranch({ owner, name }, { branch, ...rule }) {
      await call('POST', `/repos/${owner}/${name}/branch_protections`, { rule_name: branch, ...rule });
    },
    async addUserKey(user, key) {
      await call('POST', `/admin/users/${user}/keys`, { title: randomUUID(), key });
    },
  };
}

type Call = GiteaAdministration['call'];

async function createUser(
  { apiUrl, call }: { apiUrl: string; call: Call },
  name: string,
  scopes: readonly string[],
): Promise<GiteaUser> {
  const password = randomUUID();
  const found = await call('GET', `/users/search?q=${name}`);
  const isThere =
    isRecord(found) &&
    Array.isArray(found['data']) &&
    found['data'].some((user) => isRecord(user) && user['login'] === name);
  const account = { source_id: 0, login_name: name, password, must_change_password: false };
  await (isThere
    ? call('PATCH', `/admin/users/${name}`, account)
    : call('POST', '/admin/users', { ...account, username: name, email: `${name}@rig.invalid` }));
  // Tokens are made with a password only (routers/api/v1/api.go, `reqBasicOrRevProxyAuth`).
  const made = await send({
    method: 'POST',
    url: `${apiUrl}/users/${name}/tokens`,
    authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
    body: { name: randomUUID(), scopes },
  });
  if (!isRecord(made) || typeof made['sha1'] !== 'string') throw new Error('Gitea made no token');
  return { name, token: made['sha1'] };
}

async function createRepository(call: Call, repository: NewRepository): Promise<void> {
  const { owner, name, branch = 'main', files = {} } = repository;
  await call('POST', `/admin/users/${owner}/repos`, { name, private: true, auto_init: false, default_branch: branch });
  if (Object.keys(files).length === 0) return;
  await call('POST', `/repos/${owner}/${name}/contents`, {
    branch,
    message: 'Begin',
    files: Object.entries(files).map(([path, content]) => ({
      operation: 'create',
      path,
      content: Buffer.from(content).toString('base64'),
    })),
  });
}

interface Question {
  readonly method: string;
  readonly url: string;
  readonly authorization: string;
  readonly body: object | undefined;
}

/** What hangs is named, and not waited for. */
const patienceMs = 20_000;

async function send({ method, url, authorization, body }: Question): Promise<unknown> {
  const request = {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(patienceMs),
    ...(body ? { body: JSON.stringify(body) } : {}),
  };
  const [answer, text] = await readAnswer(url, request);
  if (!answer.ok) throw new Error(`Gitea: ${method} ${url}: ${answer.status} ${text.slice(0, 400)}`);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

async function readAnswer(url: string, request: RequestInit): Promise<[Response, string]> {
  try {
    const answer = await fetch(url, request);
    return [answer, await answer.text()];
  } catch (error) {
    throw new Error(`Gitea: ${request.method} ${url}: no answer`, { cause: error });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
