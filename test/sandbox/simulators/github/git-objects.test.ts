import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  encodeCommit,
  encodeTree,
  objectId,
  type TreeEntry,
} from '../../../../sandbox/simulators/github/git-objects.ts';
import { createObjectStore, listTree, putBlob, putFiles } from '../../../../sandbox/simulators/github/object-store.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;

const person = { name: 'Ä Person', email: 'a@example.com', seconds: 1_790_000_000 };

describe('ids of Git objects', () => {
  it('are the ones that everybody knows', () => {
    // "Git Internals - Git Objects" (git-scm.com/book), and the tree that every Git knows without being told.
    expect(objectId('blob', Buffer.from('test content\n'))).toBe('d670460b4b4aece5915caf5c68d12f560a9fe3e4');
    expect(objectId('blob', Buffer.from(''))).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
    expect(objectId('tree', encodeTree([]))).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
  });

  it("are those of the book's own tree, with a folder in it", () => {
    const version1 = '83baae61804e65cc73a7201a7252750c76066a30';
    const version2 = '1f7a7a472abf3dd9643fd615f6da379c4acb3e3a';
    const added = 'fa49b077972391ad58037050f2a75f74e3671e92';
    const first = objectId('tree', encodeTree([{ mode: '100644', name: 'test.txt', id: version1 }]));
    const third = encodeTree([
      { mode: '100644', name: 'test.txt', id: version2 },
      { mode: '100644', name: 'new.txt', id: added },
      { mode: '040000', name: 'bak', id: first },
    ]);

    expect(first).toBe('d8329fc1cc938780ffdd9f94e0d364e0ea74f579');
    expect(objectId('tree', third)).toBe('3c4e9cd789d88d8d89c1073707c3585e41b0e614');
  });

  it('of a nested tree do not depend on the order in which files were given', () => {
    const ids = [
      ['a/b', 'a.b', 'a0'],
      ['a0', 'a/b', 'a.b'],
    ].map((paths) => {
      const store = createObjectStore();
      const file = { mode: '100644', id: putBlob(store, Buffer.from('x')) } as const;
      return putFiles(store, new Map(paths.map((path) => [path, file])));
    });

    expect(ids[0]).toBe(ids[1]);
  });

  it('come out as folders before their files, in the order of Git', () => {
    const store = createObjectStore();
    const file = { mode: '100644', id: putBlob(store, Buffer.from('x')) } as const;
    const tree = putFiles(store, new Map(['a0', 'a/b', 'a.b'].map((path) => [path, file])));

    expect(listTree(store, tree).map(({ path }) => path)).toEqual(['a.b', 'a', 'a/b', 'a0']);
  });
});

describe.runIf(hasGit)('git itself', () => {
  it('computes the same ids of blobs, trees and commits', () => {
    const directory = mkdtempSync(join(tmpdir(), 'git-objects-'));
    const git = (input: string, ...parameters: string[]) =>
      execFileSync('git', parameters, { cwd: directory, input }).toString().trim();
    git('', 'init', '--quiet', '--object-format=sha1');
    const store = createObjectStore();
    const blob = putBlob(store, Buffer.from('# ü — €\r\n'));
    const folder: TreeEntry[] = ['a.b', 'a0', 'ü'].map((name) => ({ mode: '100644', name, id: blob }));
    const inner = objectId('tree', encodeTree(folder));
    const entries: TreeEntry[] = [
      ...folder,
      { mode: '040000', name: 'a', id: inner },
      { mode: '100755', name: 'run', id: blob },
    ];
    const tree = objectId('tree', encodeTree(entries));
    const commit = encodeCommit({ tree, parents: [], author: person, committer: person, message: 'One\n\nTwo: 3' });
    const formatted = (list: readonly TreeEntry[]) =>
      list.map(({ mode, name, id }) => `${mode} ${mode === '040000' ? 'tree' : 'blob'} ${id}\t${name}\n`).join('');

    try {
      expect(git('# ü — €\r\n', 'hash-object', '-w', '--no-filters', '--stdin')).toBe(blob);
      expect(git(formatted(folder), 'mktree')).toBe(inner);
      expect(git(formatted(entries), 'mktree')).toBe(tree);
      expect(git(Buffer.from(commit).toString(), 'hash-object', '-t', 'commit', '--stdin')).toBe(
        objectId('commit', commit),
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
