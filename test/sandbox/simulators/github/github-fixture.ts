/** A GitHub with one organization, one repository and an App that is installed there, and somebody who asks it things. */
import { createPrivateKey, sign } from 'node:crypto';
import { createGitHubApi } from '../../../../sandbox/simulators/github/github-api.ts';
import { createGitHubWorld, type GitHubWorldOptions } from '../../../../sandbox/simulators/github/github-world.ts';
import { appKeyPair } from '../../../support/app-key-pair.ts';

// One for all tests: making it takes long.
const appKeys = appKeyPair();
const appKey = createPrivateKey(appKeys.privateKey);

export const repository = { owner: 'skyscrapers', name: 'acme' };
const allPermissions = { contents: 'write', administration: 'write' } as const;

interface Asked {
  readonly token?: string;
  readonly body?: unknown;
}

export interface Answered {
  readonly status: number;
  // What a test looks into is its own business.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly headers: Headers;
}

export function createGitHub(options: Omit<GitHubWorldOptions, 'now'> = {}) {
  const clock = { now: new Date('2026-11-24T12:00:00Z') };
  const world = createGitHubWorld({ now: () => clock.now, ...options });
  if (options.from === undefined) {
    world.createOwner(repository.owner);
    world.registerApp({ appId: '77', publicKeyPem: appKeys.publicKey });
    world.createRepository({ ...repository, files: { 'README.md': 'hello\n', 'flux/apps/a.yaml': 'a: 1\n' } });
  }
  const installation =
    options.from === undefined
      ? world.installApp(repository.owner, { repositories: 'all', permissions: allPermissions })
      : 0;
  const api = createGitHubApi(world);

  async function ask(request: string, { token = '', body }: Asked = {}): Promise<Answered> {
    const [method = '', path = ''] = request.split(' ');
    const answer = await api.request(path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text), headers: answer.headers };
  }

  /** A token of the installation for the repository. */
  async function mint(permissions: Record<string, string> = allPermissions, repositories = [repository.name]) {
    const path = `/app/installations/${installation}/access_tokens`;
    const minted = await ask(`POST ${path}`, { token: jwt(clock.now), body: { repositories, permissions } });
    return String(minted.body.token);
  }

  return { world, clock, api, ask, mint, installation };
}

export function jwt(now: Date, claims: Readonly<Record<string, unknown>> = {}, privateKey = appKey): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const parts = [
    { alg: 'RS256', typ: 'JWT' },
    { iat: seconds - 60, exp: seconds + 540, iss: '77', ...claims },
  ];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
}

/** Commits one file by the Git database API, as the product does it. */
export async function pushFile(
  { ask }: Pick<ReturnType<typeof createGitHub>, 'ask'>,
  { token, parent, path, content }: { token: string; parent: string; path: string; content: string },
): Promise<Answered> {
  const base = `/repos/${repository.owner}/${repository.name}/git`;
  const tree = await ask(`POST ${base}/trees`, {
    token,
    body: { base_tree: parent, tree: [{ path, mode: '100644', type: 'blob', content }] },
  });
  const commit = await ask(`POST ${base}/commits`, {
    token,
    body: { message: 'Change', tree: tree.body.sha, parents: [parent] },
  });
  return ask(`PATCH ${base}/refs/heads/main`, { token, body: { sha: commit.body.sha } });
}
