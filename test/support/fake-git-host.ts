/** A Git host in memory that keeps the promises of src/ports/git-host.ts; blob ids are Git's own. */
import { createHash } from 'node:crypto';
import { OutsideCallError } from '../../src/errors.ts';
import { gitBlobId } from '../../src/flux-bootstrap/git-blob-id.ts';
import type { CommitRequest, DeployKey, GitHost, RepositoryAddress } from '../../src/ports/git-host.ts';

export interface FakeCommit {
  readonly id: string;
  readonly message: string;
  /** Paths that it changed. */
  readonly changed: readonly string[];
  /** All files as they are with it: path → content. */
  readonly files: ReadonlyMap<string, string>;
}

/** One repository; a test changes it as its owner would. */
export interface FakeRepository {
  readonly branches: Map<string, FakeCommit[]>;
  readonly deployKeys: DeployKey[];
  canPush: boolean;
  allowsDeployKeys: boolean;
  protection: string | undefined;
}

export interface FakeGitHost extends GitHost {
  knownHosts: string;
  sharesDeployKeys: boolean;
  repository(address: RepositoryAddress): FakeRepository;
  addRepository(address: RepositoryAddress, files?: Readonly<Record<string, string>>): FakeRepository;
  /** Somebody else's commit to `main`; `undefined` deletes a file. */
  commitByOther(
    address: RepositoryAddress,
    files: Readonly<Record<string, string | undefined>>,
    message?: string,
  ): string;
  fileAtHead(address: RepositoryAddress, path: string): string | undefined;
}

export function fakeGitHost(): FakeGitHost {
  const repositories = new Map<string, FakeRepository>();
  const state = { lastKeyId: 0, sharesDeployKeys: false };
  const nameOf = ({ owner, name }: RepositoryAddress) => `${owner}/${name}`;

  function required(address: RepositoryAddress): FakeRepository {
    const repository = repositories.get(nameOf(address));
    if (!repository) throw rejected(`find ${nameOf(address)}`, 404);
    return repository;
  }

  return {
    knownHosts: 'git.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH\n',
    get sharesDeployKeys() {
      return state.sharesDeployKeys;
    },
    set sharesDeployKeys(isSo) {
      state.sharesDeployKeys = isSo;
    },
    sshUrl: (address) => `ssh://git@git.example/${nameOf(address)}.git`,
    repository: required,
    addRepository(address, files = { 'README.md': 'Infrastructure\n' }) {
      const repository: FakeRepository = {
        branches: new Map([['main', [commitOf(undefined, files, 'Begin')]]]),
        deployKeys: [],
        canPush: true,
        allowsDeployKeys: true,
        protection: undefined,
      };
      repositories.set(nameOf(address), repository);
      return repository;
    },
    commitByOther(address, files, message = 'Change something') {
      const commits = commitsOf(required(address), 'main');
      commits.push(commitOf(commits.at(-1), files, message));
      return headOf(commits).id;
    },
    fileAtHead: (address, path) => headOf(commitsOf(required(address), 'main')).files.get(path),
    ...reading(repositories, nameOf, required),
    async commitFiles(address, request) {
      if ((await request.isStillWanted?.()) === false) return { kind: 'called-off' };
      return commitFiles(required(address), request);
    },
    ...keys(repositories, state, required),
    endJob: () => Promise.resolve(),
  };
}

type Required = (address: RepositoryAddress) => FakeRepository;

function reading(
  repositories: ReadonlyMap<string, FakeRepository>,
  nameOf: (address: RepositoryAddress) => string,
  required: Required,
) {
  return {
    async inspectRepository(address, branch) {
      const repository = repositories.get(nameOf(address));
      if (!repository) return { kind: 'repository-not-found' };
      const commits = repository.branches.get(branch);
      if (!commits) return { kind: 'branch-not-found' };
      const { canPush, allowsDeployKeys, protection } = repository;
      const head = headOf(commits).id;
      return { kind: 'found', head, canPush, allowsDeployKeys, ...(protection === undefined ? {} : { protection }) };
    },
    async listFolder(address, { commit, folder }) {
      const found = [...required(address).branches.values()].flat().find(({ id }) => id === commit);
      if (!found) throw rejected(`list ${folder} at ${commit}`, 404);
      const inside = [...found.files].filter(([path]) => path.startsWith(`${folder}/`));
      return new Map(inside.map(([path, content]) => [path, gitBlobId(content)]));
    },
    async readBlob(address, blob) {
      const contents = [...required(address).branches.values()].flat().flatMap(({ files }) => [...files.values()]);
      const content = contents.find((candidate) => gitBlobId(candidate) === blob);
      if (content === undefined) throw rejected(`read blob ${blob}`, 404);
      return content;
    },
    async lastCommit(address, { branch, path }) {
      const commits = commitsOf(required(address), branch);
      const touches = (changed: string) => changed === path || changed.startsWith(`${path}/`);
      const found = commits.findLast((commit) => commit.changed.some(touches));
      return found && { commit: found.id, message: found.message };
    },
  } satisfies Partial<GitHost>;
}

function commitFiles(repository: FakeRepository, { branch, message, changes }: CommitRequest) {
  const commits = commitsOf(repository, branch);
  const head = headOf(commits);
  if (!repository.canPush) return { kind: 'push-not-allowed', detail: 'no write access' } as const;
  if (repository.protection !== undefined) return { kind: 'branch-protected', detail: repository.protection } as const;
  for (const { path, replacesBlob } of changes) {
    const content = head.files.get(path);
    const blob = content === undefined ? undefined : gitBlobId(content);
    if (blob !== replacesBlob) return { kind: 'conflict', detail: `${path} has changed` } as const;
  }
  const files = Object.fromEntries(changes.map(({ path, content }) => [path, content]));
  const commit = commitOf(head, files, message);
  commits.push(commit);
  return { kind: 'committed', commit: commit.id } as const;
}

/** Like GitHub, the host knows a key once only, in whichever repository; unless it shares them, as Gitea does. */
function keys(
  repositories: ReadonlyMap<string, FakeRepository>,
  state: { lastKeyId: number; readonly sharesDeployKeys: boolean },
  required: Required,
) {
  return {
    listDeployKeys: (address) => Promise.resolve([...required(address).deployKeys]),
    async addDeployKey(address, { title, publicKey }) {
      const repository = required(address);
      if (!repository.allowsDeployKeys) return { kind: 'deploy-keys-disabled', detail: 'deploy keys are off' };
      const where = state.sharesDeployKeys ? [repository] : [...repositories.values()];
      const known = where.flatMap(({ deployKeys }) => deployKeys);
      if (known.some((key) => key.publicKey === publicKey)) return { kind: 'in-use', detail: 'key is already in use' };
      if (repository.deployKeys.some((key) => key.title === title)) throw rejected(`add the key ${title}`, 422);
      state.lastKeyId += 1;
      const key = { id: String(state.lastKeyId), title, publicKey, isReadOnly: true };
      repository.deployKeys.push(key);
      return { kind: 'added', key };
    },
    async removeDeployKey(address, id) {
      const { deployKeys } = required(address);
      const index = deployKeys.findIndex((key) => key.id === id);
      if (index >= 0) deployKeys.splice(index, 1);
    },
  } satisfies Partial<GitHost>;
}

function commitsOf(repository: FakeRepository, branch: string): FakeCommit[] {
  const commits = repository.branches.get(branch);
  if (!commits) throw rejected(`find the branch ${branch}`, 404);
  return commits;
}

function headOf(commits: readonly FakeCommit[]): FakeCommit {
  const head = commits.at(-1);
  if (!head) throw new Error('a branch has a first commit');
  return head;
}

function commitOf(
  parent: FakeCommit | undefined,
  changes: Readonly<Record<string, string | undefined>>,
  message: string,
): FakeCommit {
  const files = new Map(parent?.files);
  for (const [path, content] of Object.entries(changes)) {
    if (content === undefined) files.delete(path);
    else files.set(path, content);
  }
  const id = createHash('sha1')
    .update(JSON.stringify([parent?.id, message, [...files]]))
    .digest('hex');
  return { id, message, changed: Object.keys(changes), files };
}

function rejected(attempted: string, status: number): OutsideCallError {
  return new OutsideCallError({ system: 'git-host', failure: 'rejected', attempted, status });
}
