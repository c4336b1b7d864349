/** A customer's repository at the rig's Gitea, as its owner sees it. */
import { createGiteaAdministration } from '../../rig/parts/gitea-administration.ts';

export interface Commit {
  readonly sha: string;
  readonly message: string;
  readonly parents: readonly string[];
}

export interface RepositoryKey {
  readonly id: number;
  readonly title: string;
  readonly key: string;
  readonly isReadOnly: boolean;
}

/** All that a bootstrap could change at the host. */
export interface RepositorySnapshot {
  readonly head: string;
  /** Path → blob, of every file. */
  readonly files: Readonly<Record<string, string>>;
  readonly keys: readonly RepositoryKey[];
}

export interface CustomerRepository {
  readonly owner: string;
  readonly name: string;
  readonly sshUrl: string;
  head(branch?: string): Promise<string>;
  /** Newest first, all of the branch. */
  commits(branch?: string): Promise<readonly Commit[]>;
  /** Path → blob at a commit or branch. */
  files(ref?: string): Promise<Readonly<Record<string, string>>>;
  read(path: string): Promise<string>;
  /** A commit by somebody else: creates or replaces one file. */
  write(path: string, content: string): Promise<void>;
  keys(): Promise<readonly RepositoryKey[]>;
  removeKey(id: number): Promise<void>;
  addKey(title: string, key: string, isReadOnly: boolean): Promise<void>;
  snapshot(): Promise<RepositorySnapshot>;
  /** Any other call below `/repos/<owner>/<name>`, as the site's administrator. */
  call(method: string, path: string, body?: object): Promise<unknown>;
}

export interface RepositoryOptions {
  readonly gitUrl: string;
  readonly gitToken: string;
  readonly gitSshUrl: string;
  readonly owner: string;
  readonly name: string;
}

export function createCustomerRepository(options: RepositoryOptions): CustomerRepository {
  const { owner, name } = options;
  const administration = createGiteaAdministration({
    apiUrl: `${options.gitUrl}/api/v1`,
    adminToken: options.gitToken,
  });
  const call = (method: string, path: string, body?: object) =>
    administration.call(method, `/repos/${owner}/${name}${path}`, body);

  const repository: CustomerRepository = {
    owner,
    name,
    call,
    sshUrl: `${options.gitSshUrl}/${owner}/${name}.git`,
    async head(branch = 'main') {
      const found = (await call('GET', `/branches/${branch}`)) as { readonly commit: { readonly id: string } };
      return found.commit.id;
    },
    commits: (branch = 'main') => listCommits(call, branch),
    files: (ref = 'main') => listFiles(call, ref),
    async read(path) {
      const file = (await call('GET', `/contents/${path}?ref=main`)) as { readonly content: string };
      return Buffer.from(file.content, 'base64').toString('utf8');
    },
    write: (path, content) => writeFile(call, path, content),
    keys: () => listKeys(call),
    removeKey: async (id) => void (await call('DELETE', `/keys/${id}`)),
    addKey: async (title, key, isReadOnly) => void (await call('POST', '/keys', { title, key, read_only: isReadOnly })),
    async snapshot() {
      return { head: await repository.head(), files: await repository.files(), keys: await repository.keys() };
    },
  };
  return repository;
}

type RepositoryCall = CustomerRepository['call'];

async function listCommits(call: RepositoryCall, branch: string): Promise<readonly Commit[]> {
  const all: Commit[] = [];
  for (let page = 1; ; page += 1) {
    const query = `sha=${branch}&limit=50&page=${page}&stat=false&verification=false&files=false`;
    const found = (await call('GET', `/commits?${query}`)) as readonly {
      readonly sha: string;
      readonly commit: { readonly message: string };
      readonly parents: readonly { readonly sha: string }[];
    }[];
    all.push(
      ...found.map(({ sha, commit, parents }) => ({
        sha,
        message: commit.message,
        parents: parents.map((it) => it.sha),
      })),
    );
    if (found.length < 50) return all;
  }
}

async function listFiles(call: RepositoryCall, ref: string): Promise<Readonly<Record<string, string>>> {
  const { tree, truncated } = (await call('GET', `/git/trees/${ref}?recursive=true&per_page=1000`)) as {
    readonly truncated: boolean;
    readonly tree: readonly { readonly path: string; readonly type: string; readonly sha: string }[];
  };
  if (truncated) throw new Error('the repository has more files than the tests read');
  return Object.fromEntries(tree.filter(({ type }) => type === 'blob').map(({ path, sha }) => [path, sha]));
}

async function listKeys(call: RepositoryCall): Promise<readonly RepositoryKey[]> {
  const found = (await call('GET', '/keys?limit=50')) as readonly {
    readonly id: number;
    readonly title: string;
    readonly key: string;
    readonly read_only: boolean;
  }[];
  return found.map(({ id, title, key, read_only: isReadOnly }) => ({ id, title, key, isReadOnly }));
}

/** Others commit at the same time, so what was read may be old by now: then it is read again. */
async function writeFile(call: RepositoryCall, path: string, content: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const sha = (await listFiles(call, 'main'))[path];
    const file = {
      content: Buffer.from(content).toString('base64'),
      branch: 'main',
      message: `Change ${path}`,
      ...(sha ? { sha } : {}),
    };
    try {
      await call(sha ? 'PUT' : 'POST', `/contents/${path}`, file);
      return;
    } catch (error) {
      if (tries >= 20) throw error;
    }
  }
}
