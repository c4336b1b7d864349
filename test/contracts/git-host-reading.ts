import { expect, it } from 'vitest';
import { gitBlobId } from '../../src/flux-bootstrap/git-blob-id.ts';
import { commitOf, type Given, headOf, message, never, type Right, update } from './git-host-world.ts';

/** What `inspectRepository` promises. */
export function inspecting(given: Given, rights: readonly Right[]): void {
  it('finds the head of the branch and that we may do everything', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { 'README.md': 'hello\n' } });

    const inspected = await host.inspectRepository(repository, 'main', never);

    const log = await host.lastCommit(repository, { branch: 'main', path: '' }, never);
    expect(inspected).toEqual({ kind: 'found', head: log?.commit, canPush: true, allowsDeployKeys: true });
  });

  it('finds a branch whose name has a slash', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' }, branch: 'release/1.x' });

    expect(await host.inspectRepository(repository, 'release/1.x', never)).toMatchObject({
      kind: 'found',
      canPush: true,
    });
  });

  it('tells a missing repository, one that we may not see, and a missing branch apart', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });
    const hidden = await world.createRepository({ files: { a: 'a' }, right: 'none' });
    const empty = await world.createRepository();

    const kinds = await Promise.all(
      [
        { at: { owner: repository.owner, name: 'no-such-repository' }, branch: 'main' },
        { at: { owner: 'no-such-owner', name: repository.name }, branch: 'main' },
        { at: hidden, branch: 'main' },
        { at: repository, branch: 'no-such-branch' },
        { at: empty, branch: 'main' },
      ].map(async ({ at, branch }) => (await host.inspectRepository(at, branch, never)).kind),
    );

    expect(kinds).toEqual([
      ...['repository-not-found', world.unseen, world.unseen],
      ...['branch-not-found', 'branch-not-found'],
    ]);
  });

  it('does not follow a repository to its new name', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });
    await world.rename(repository, `${repository.name}-renamed`);

    expect(await host.inspectRepository(repository, 'main', never)).toEqual({ kind: 'repository-not-found' });
  });

  const allowed = [
    { right: 'admin', canPush: true, allowsDeployKeys: true },
    { right: 'write', canPush: true, allowsDeployKeys: false },
    { right: 'read', canPush: false, allowsDeployKeys: false },
  ] as const;
  it.each(allowed.filter(({ right }) => rights.includes(right)))(
    'says what the right $right allows',
    async ({ right, canPush, allowsDeployKeys }) => {
      const { world, host } = given();
      const repository = await world.createRepository({ files: { a: 'a' }, right });

      expect(await host.inspectRepository(repository, 'main', never)).toMatchObject({ canPush, allowsDeployKeys });
    },
  );

  it.each([
    { kind: 'nobody-pushes', isRefused: true },
    { kind: 'others-push', isRefused: true },
    { kind: 'we-push', isRefused: false },
  ] as const)('says whether a protected branch takes our commits: $kind', async ({ kind, isRefused }) => {
    const { world, host } = given();
    const repository = await world.createRepository({
      files: { a: 'a' },
      right: rights.includes('write') ? 'write' : 'admin',
    });
    await world.protectBranch(repository, 'main', { kind });

    const inspected = await host.inspectRepository(repository, 'main', never);

    expect(inspected).toMatchObject({ kind: 'found', canPush: true });
    expect('protection' in inspected).toBe(isRefused);
  });

  it('says that an archived repository takes no commits', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });
    await world.archive(repository);

    const inspected = await host.inspectRepository(repository, 'main', never);
    const outcome = await host.commitFiles(repository, commitOf([{ path: 'b', content: 'b' }]), never);

    expect(inspected).toMatchObject({ kind: 'found', canPush: false, protection: expect.stringContaining('archived') });
    expect(outcome.kind).toBe('push-not-allowed');
  });

  it('does not accept a token that the host does not know', async () => {
    const { world } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });

    const inspection = world.host({ token: 'f'.repeat(40) }).inspectRepository(repository, 'main', never);

    await expect(inspection).rejects.toMatchObject({ failure: 'unauthenticated', retryable: false });
  });

  it('ends with the caller', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });

    const inspection = host.inspectRepository(repository, 'main', AbortSignal.abort());

    await expect(inspection).rejects.toMatchObject({ name: 'OutsideCallError', failure: 'timeout' });
  });
}

/** What `listFolder`, `readBlob` and `lastCommit` promise. */
export function reading(given: Given): void {
  const files = {
    'README.md': 'hello\n',
    'flux/clusters/production/apps.yaml': 'kind: List\n',
    'flux/clusters/production/flux-system/gotk-sync.yaml': '# ü — €\n',
    'flux/clusters/production-2/apps.yaml': 'another\n',
    'flux/clusters/a b#?%.yaml': 'odd name\n',
  };

  it('lists a folder with its subfolders, and nothing beside it', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files });
    const commit = await headOf(host, repository);

    const listing = await host.listFolder(repository, { commit, folder: 'flux/clusters/production' }, never);

    expect(new Map(listing)).toEqual(
      new Map(
        ['flux/clusters/production/apps.yaml', 'flux/clusters/production/flux-system/gotk-sync.yaml'].map((path) => [
          path,
          gitBlobId(files[path as keyof typeof files]),
        ]),
      ),
    );
  });

  it('lists the whole repository from its root, odd names included', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files });
    const commit = await headOf(host, repository);

    const listing = await host.listFolder(repository, { commit, folder: '' }, never);

    expect([...listing.keys()].sort()).toEqual(Object.keys(files).sort());
  });

  it('lists nothing where there is no folder, or a file instead', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files });
    const commit = await headOf(host, repository);

    const sizes = await Promise.all(
      ['flux/system', 'nowhere/at/all', 'README.md', 'flux/clusters/prod'].map(
        async (folder) => (await host.listFolder(repository, { commit, folder }, never)).size,
      ),
    );

    expect(sizes).toEqual([0, 0, 0, 0]);
  });

  it('lists an old commit as it was', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files });
    const old = await headOf(host, repository);
    await host.commitFiles(
      repository,
      commitOf([{ path: 'flux/clusters/production/new.yaml', content: 'new' }]),
      never,
    );

    const before = await host.listFolder(repository, { commit: old, folder: 'flux/clusters/production' }, never);
    const after = await host.listFolder(
      repository,
      { commit: await headOf(host, repository), folder: 'flux/clusters/production' },
      never,
    );

    expect([before.size, after.size]).toEqual([2, 3]);
  });

  it('does not take a commit that does not exist for an empty folder', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files });

    const listing = host.listFolder(repository, { commit: '1'.repeat(40), folder: 'flux' }, never);

    await expect(listing).rejects.toMatchObject({ name: 'OutsideCallError', retryable: false });
  });

  it('reads a blob as it was written', async () => {
    const { world, host } = given();
    const content = '\uFEFFline\r\n\tümlaut €\n\n';
    const repository = await world.createRepository({ files: { 'a.txt': content, empty: '' } });

    expect(await host.readBlob(repository, gitBlobId(content), never)).toBe(content);
    expect(await host.readBlob(repository, gitBlobId(''), never)).toBe('');
  });

  it('names the newest commit that touched a path', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files });
    const first = await host.commitFiles(repository, commitOf([{ path: 'flux/x.yaml', content: '1' }]), never);
    await host.commitFiles(repository, commitOf([{ path: 'other', content: '1' }]), never);

    const touching = await host.lastCommit(repository, { branch: 'main', path: 'flux/x.yaml' }, never);
    const folder = await host.lastCommit(repository, { branch: 'main', path: 'flux' }, never);

    expect(first).toEqual({ kind: 'committed', commit: touching?.commit });
    expect(touching?.message.trim()).toBe(message);
    expect(folder).toEqual(touching);
    expect(await host.lastCommit(repository, { branch: 'main', path: 'never/was' }, never)).toBeUndefined();
  });

  it('is not misled by a tag that is called like the branch', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files });
    await world.createTag(repository, 'main');
    const outcome = await host.commitFiles(
      repository,
      commitOf([{ path: 'README.md', ...update(files['README.md'], 'new') }]),
      never,
    );

    const last = await host.lastCommit(repository, { branch: 'main', path: 'README.md' }, never);

    expect(outcome).toEqual({ kind: 'committed', commit: last?.commit });
    expect(await headOf(host, repository)).toBe(last?.commit);
  });
}
