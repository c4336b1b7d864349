/**
 * What the owner of an organization does over GitHub's REST API with a token of theirs, as far as the contract needs it.
 * It makes repositories whose names begin with a prefix, and changes and deletes no others.
 */

export const repositoryPrefix = 'fleet-api-contract-';

export interface GitHubOwner {
  readonly apiUrl: string;
  /** A classic token with the scopes `repo`, `delete_repo` and `admin:public_key`. */
  readonly token: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

interface Address {
  readonly owner: string;
  readonly name: string;
}

export type GitHubAdministration = ReturnType<typeof createGitHubAdministration>;

export function createGitHubAdministration(owner: GitHubOwner) {
  const call = (request: string, body?: object): Promise<unknown> => callGitHub(owner, request, body);
  const headOf = async (repository: Address, branch: string): Promise<string> => {
    const ref = await call(`GET ${pathOf(repository)}/git/ref/heads/${branch}`);
    return textAt(ref, 'object', 'sha');
  };
  return {
    /** `organization` absent: among the repositories of whoever owns the token. */
    async createRepository(name: string, organization?: string): Promise<Address> {
      const path = organization === undefined ? '/user/repos' : `/orgs/${organization}/repos`;
      const made = await call(`POST ${path}`, { name: requirePrefix(name), private: true, auto_init: false });
      return { owner: textAt(made, 'owner', 'login'), name };
    },
    /** Makes the repository's first branch; exactly these files are in it. */
    async writeFiles(repository: Address, branch: string, files: Readonly<Record<string, string>>): Promise<void> {
      const [[path, content] = []] = Object.entries(files);
      if (path === undefined || content === undefined) return;
      // The Git database of an empty repository takes nothing: the first commit has to come from here.
      const encoded = Buffer.from(content).toString('base64');
      const at = path.split('/').map(encodeURIComponent).join('/');
      await call(`PUT ${pathOf(repository)}/contents/${at}`, {
        message: 'First file',
        content: encoded,
        branch: 'main',
      });
      const parent = await headOf(repository, 'main');
      const entries = Object.entries(files).map(([one, text]) => ({
        path: one,
        mode: '100644',
        type: 'blob',
        content: text,
      }));
      const tree = textAt(await call(`POST ${pathOf(repository)}/git/trees`, { tree: entries }), 'sha');
      const body = { message: 'All files', tree, parents: [parent] };
      const sha = textAt(await call(`POST ${pathOf(repository)}/git/commits`, body), 'sha');
      if (branch === 'main') await call(`PATCH ${pathOf(repository)}/git/refs/heads/main`, { sha });
      else await call(`POST ${pathOf(repository)}/git/refs`, { ref: `refs/heads/${branch}`, sha });
    },
    async createTag(repository: Address, tag: string): Promise<void> {
      const sha = await headOf(repository, 'main');
      await call(`POST ${pathOf(repository)}/git/refs`, { ref: `refs/tags/${tag}`, sha });
    },
    async addRuleset(repository: Address, ruleset: object): Promise<void> {
      await call(`POST ${pathOf(repository)}/rulesets`, { enforcement: 'active', ...ruleset });
    },
    async archive(repository: Address): Promise<void> {
      await call(`PATCH ${pathOf(repository)}`, { archived: true });
    },
    async rename(repository: Address, name: string): Promise<void> {
      await call(`PATCH ${pathOf(repository)}`, { name: requirePrefix(name) });
    },
    async deleteRepository(repository: Address): Promise<void> {
      await call(`DELETE ${pathOf(repository)}`);
    },
    async addUserKey(publicKey: string): Promise<number> {
      const added = await call('POST /user/keys', { title: repositoryPrefix, key: publicKey });
      return Number(textAt(added, 'id'));
    },
    async removeUserKey(id: number): Promise<void> {
      await call(`DELETE /user/keys/${id}`);
    },
  };
}

/** Every path of a repository comes from here. */
function pathOf({ owner, name }: Address): string {
  return `/repos/${owner}/${requirePrefix(name)}`;
}

function requirePrefix(name: string): string {
  if (!name.startsWith(repositoryPrefix)) throw new Error(`${name} is none of the contract's repositories`);
  return name;
}

async function callGitHub(owner: GitHubOwner, request: string, body: object | undefined): Promise<unknown> {
  const [method = '', path = ''] = request.split(' ');
  const answer = await owner.fetch(`${owner.apiUrl}${path}`, {
    method,
    redirect: 'error',
    headers: {
      authorization: `Bearer ${owner.token}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'fleet-api-contract',
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${request}: ${answer.status} ${text.slice(0, 300)}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** A string or number somewhere in an answer, as text. */
function textAt(value: unknown, ...names: readonly string[]): string {
  const found = names.reduce<unknown>(
    (one, name) => (typeof one === 'object' && one !== null ? (one as Record<string, unknown>)[name] : undefined),
    value,
  );
  if (typeof found !== 'string' && typeof found !== 'number') throw new Error(`the answer has no ${names.join('.')}`);
  return String(found);
}
