import {
  type Commit,
  encodeCommit,
  encodeTree,
  type FileMode,
  objectId,
  sortTree,
  type TreeEntry,
  typeOfMode,
} from './git-objects.ts';

/** A commit with what GitHub knows of it beside its content. */
export interface StoredCommit extends Commit {
  /** Signed by GitHub itself, as commits of Apps are that name no author. */
  readonly isVerified: boolean;
}

/** The objects of one repository by id; nothing is ever taken away. */
export interface ObjectStore {
  readonly blobs: Map<string, Uint8Array>;
  readonly trees: Map<string, readonly TreeEntry[]>;
  readonly commits: Map<string, StoredCommit>;
}

/** A file, link or submodule in a tree. */
export interface StoredFile {
  readonly mode: FileMode;
  readonly id: string;
}

/** Path from the root → file. */
export type FileTree = ReadonlyMap<string, StoredFile>;

export function createObjectStore(): ObjectStore {
  return { blobs: new Map(), trees: new Map(), commits: new Map() };
}

export function putBlob(store: ObjectStore, content: Uint8Array): string {
  const id = objectId('blob', content);
  store.blobs.set(id, content);
  return id;
}

export function putTree(store: ObjectStore, entries: readonly TreeEntry[]): string {
  const id = objectId('tree', encodeTree(entries));
  store.trees.set(id, sortTree(entries));
  return id;
}

export function putCommit(store: ObjectStore, commit: StoredCommit): string {
  const id = objectId('commit', encodeCommit(commit));
  // The same commit again stays what it was: its id says nothing of who signed.
  if (!store.commits.has(id)) store.commits.set(id, commit);
  return id;
}

/** Writes the trees of all folders; the id is the root's. Empty folders do not exist. */
export function putFiles(store: ObjectStore, files: FileTree): string {
  const entries: TreeEntry[] = [];
  const folders = new Map<string, Map<string, StoredFile>>();
  for (const [path, file] of files) {
    const slash = path.indexOf('/');
    if (slash === -1) {
      entries.push({ name: path, ...file });
    } else {
      const name = path.slice(0, slash);
      const folder = folders.get(name) ?? new Map<string, StoredFile>();
      folders.set(name, folder.set(path.slice(slash + 1), file));
    }
  }
  for (const [name, inside] of folders) {
    entries.push({ name, mode: '040000', id: putFiles(store, inside) });
  }
  return putTree(store, entries);
}

export interface ListedEntry extends TreeEntry {
  readonly path: string;
}

/** All entries below a tree, folders before what is in them. */
export function listTree(store: ObjectStore, tree: string, before = ''): ListedEntry[] {
  return (store.trees.get(tree) ?? []).flatMap((entry) => {
    const path = `${before}${entry.name}`;
    const inside = entry.mode === '040000' ? listTree(store, entry.id, `${path}/`) : [];
    return [{ ...entry, path }, ...inside];
  });
}

export function filesOf(store: ObjectStore, tree: string): Map<string, StoredFile> {
  return new Map(
    listTree(store, tree)
      .filter(({ mode }) => typeOfMode(mode) !== 'tree')
      .map(({ path, mode, id }) => [path, { mode, id }]),
  );
}

/** What stands at a path below a tree: `''` is the tree itself. */
export function entryAt(store: ObjectStore, tree: string, path: string): StoredFile | undefined {
  let found: StoredFile = { mode: '040000', id: tree };
  for (const name of path.split('/').filter((part) => part !== '')) {
    const entry: StoredFile | undefined = store.trees.get(found.id)?.find((one) => one.name === name);
    if (!entry) return undefined;
    found = entry;
  }
  return found;
}

/** Every commit that can be reached, newest first as `git log` lists them: by date, children before parents. */
export function logOf(store: ObjectStore, head: string): string[] {
  const log: string[] = [];
  const seen = new Set([head]);
  const open = [head];
  const seconds = (id: string) => store.commits.get(id)?.committer.seconds ?? 0;
  while (open.length > 0) {
    const next = open.reduce((one, other) => (seconds(other) > seconds(one) ? other : one));
    open.splice(open.indexOf(next), 1);
    log.push(next);
    for (const parent of store.commits.get(next)?.parents ?? []) {
      if (!seen.has(parent)) open.push(parent);
      seen.add(parent);
    }
  }
  return log;
}

export function isAncestor(store: ObjectStore, ancestor: string, descendant: string): boolean {
  return logOf(store, descendant).includes(ancestor);
}

/** Did the commit change what stands at a path? Against every parent, as `git log -- <path>` simplifies history. */
export function touches(store: ObjectStore, commit: string, path: string): boolean {
  const { tree = '', parents = [] } = store.commits.get(commit) ?? {};
  const here = entryAt(store, tree, path)?.id;
  if (parents.length === 0) return here !== undefined;
  return parents.every((parent) => entryAt(store, store.commits.get(parent)?.tree ?? '', path)?.id !== here);
}

/** Paths whose file differs between two commits; `undefined` stands for nothing at all. */
export function changedPaths(store: ObjectStore, from: string | undefined, to: string | undefined): string[] {
  const filesAt = (commit: string | undefined) =>
    filesOf(store, (commit === undefined ? undefined : store.commits.get(commit)?.tree) ?? '');
  const [before, after] = [filesAt(from), filesAt(to)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => {
      const [old, now] = [before.get(path), after.get(path)];
      return old?.id !== now?.id || old?.mode !== now?.mode;
    })
    .sort();
}
