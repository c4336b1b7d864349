import { expect, it } from 'vitest';
import { gitBlobId } from '../../src/flux-bootstrap/git-blob-id.ts';
import type { FileChange } from '../../src/ports/git-host.ts';
import { commitOf, type Given, headOf, never, type Right, update } from './git-host-world.ts';

/** What `commitFiles` promises. */
export function committing(given: Given): void {
  it('writes three files in one commit on top of the branch', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { keep: 'kept\n', change: 'old\n' } });
    const before = await headOf(host, repository);

    const outcome = await host.commitFiles(
      repository,
      commitOf([
        { path: 'change', ...update('old\n', 'new\n') },
        { path: 'deep/er/new.yaml', content: 'a: ü\n' },
        { path: 'other.yaml', content: '' },
      ]),
      never,
    );

    const head = await headOf(host, repository);
    expect(outcome).toEqual({ kind: 'committed', commit: head });
    expect(head).not.toBe(before);
    expect(new Map(await host.listFolder(repository, { commit: head, folder: '' }, never))).toEqual(
      new Map([
        ['keep', gitBlobId('kept\n')],
        ['change', gitBlobId('new\n')],
        ['deep/er/new.yaml', gitBlobId('a: ü\n')],
        ['other.yaml', gitBlobId('')],
      ]),
    );
  });

  const stale: { what: string; change: FileChange }[] = [
    { what: 'a file that has changed since', change: { path: 'a', content: 'x', replacesBlob: gitBlobId('older') } },
    { what: 'a file that has appeared since', change: { path: 'a', content: 'x' } },
    { what: 'a file that has gone since', change: { path: 'gone', content: 'x', replacesBlob: gitBlobId('gone') } },
  ];
  it.each(stale)('writes nothing at all over $what', async ({ change }) => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a\n' } });
    const before = await headOf(host, repository);

    const outcome = await host.commitFiles(repository, commitOf([{ path: 'fine', content: 'f' }, change]), never);

    expect(outcome.kind).toBe('conflict');
    expect(await headOf(host, repository)).toBe(before);
  });

  it('writes nothing for whoever is no longer wanted', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a\n' } });
    const before = await headOf(host, repository);
    const change = { path: 'a', ...update('a\n', 'b\n') };

    const outcome = await host.commitFiles(
      repository,
      { ...commitOf([change]), isStillWanted: async () => false },
      never,
    );

    expect(outcome).toEqual({ kind: 'called-off' });
    expect(await headOf(host, repository)).toBe(before);
  });

  it('makes no commit where nothing changes', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a\n' } });
    const before = await headOf(host, repository);

    const outcome = await host.commitFiles(repository, commitOf([{ path: 'a', ...update('a\n', 'a\n') }]), never);

    expect(outcome).toEqual({ kind: 'committed', commit: before });
    expect(await headOf(host, repository)).toBe(before);
  });

  it('lets one of several commits at the same moment win, and tells the others to read again', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a\n' } });

    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        host.commitFiles(repository, commitOf([{ path: `file-${index}`, content: String(index) }]), never),
      ),
    );

    const head = await headOf(host, repository);
    const listing = await host.listFolder(repository, { commit: head, folder: '' }, never);
    const committed = outcomes.flatMap((outcome, index) => (outcome.kind === 'committed' ? [`file-${index}`] : []));
    expect(committed.length).toBeGreaterThanOrEqual(1);
    expect(outcomes.every((outcome) => outcome.kind === 'committed' || outcome.kind === 'conflict')).toBe(true);
    expect([...listing.keys()].sort()).toEqual(['a', ...committed].sort());
  });

  it('lets one of two commits to the same file win', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a\n' } });

    const outcomes = await Promise.all(
      ['one', 'two'].map((content) =>
        host.commitFiles(repository, commitOf([{ path: 'a', ...update('a\n', content) }]), never),
      ),
    );

    expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['committed', 'conflict']);
  });

  it('keeps the history: every commit stays below the head', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: '0' } });
    const heads = [await headOf(host, repository)];
    for (const [old, content] of [
      ['0', '1'],
      ['1', '2'],
    ] as const) {
      await host.commitFiles(repository, commitOf([{ path: 'a', ...update(old, content) }]), never);
      heads.push(await headOf(host, repository));
    }

    const blobs = await Promise.all(
      heads.map(async (commit) => (await host.listFolder(repository, { commit, folder: '' }, never)).get('a')),
    );

    expect(blobs).toEqual(['0', '1', '2'].map((content) => gitBlobId(content)));
  });

  it('says that the branch is to be read again when it has gone', async () => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });

    const outcome = await host.commitFiles(
      repository,
      { ...commitOf([{ path: 'b', content: 'b' }]), branch: 'no-such-branch' },
      never,
    );

    expect(outcome.kind).toBe('conflict');
    expect(await host.inspectRepository(repository, 'no-such-branch', never)).toEqual({ kind: 'branch-not-found' });
  });
}

/** How `commitFiles` says that it may not. */
export function refusing(given: Given, rights: readonly Right[]): void {
  it.each(rights.filter((right) => right === 'read'))('says that we have no right to push but to %s', async (right) => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' }, right });
    const before = await headOf(host, repository);

    const outcome = await host.commitFiles(repository, commitOf([{ path: 'b', content: 'b' }]), never);

    expect(outcome.kind).toBe('push-not-allowed');
    expect(await headOf(host, repository)).toBe(before);
  });

  it.each([
    { protection: { kind: 'nobody-pushes' }, expected: 'branch-protected' },
    { protection: { kind: 'others-push' }, expected: 'branch-protected' },
    { protection: { kind: 'we-push' }, expected: 'committed' },
    { protection: { kind: 'path', pattern: 'flux/**' }, expected: 'branch-protected' },
    { protection: { kind: 'path', pattern: 'flux/*' }, expected: 'committed' },
  ] as const)('meets $protection with $expected', async ({ protection, expected }) => {
    const { world, host } = given();
    const repository = await world.createRepository({ files: { a: 'a' } });
    await world.protectBranch(repository, 'main', protection);

    const outcome = await host.commitFiles(
      repository,
      commitOf([{ path: 'flux/clusters/x.yaml', content: 'b' }]),
      never,
    );

    expect(outcome.kind).toBe(expected);
  });
}
