import { createHash } from 'node:crypto';

/**
 * Git's object format with SHA-1 ids: `<type> <bytes>\0<content>`.
 *
 * Source: "Git Internals - Git Objects" (git-scm.com/book) and gitformat-pack(5); trees: base_name_compare in Git's
 * tree.c; commits: commit_tree_extended in Git's commit.c.
 */

export type ObjectType = 'blob' | 'tree' | 'commit';

/** As they stand in a tree: file, executable, symbolic link, folder, submodule. */
export const fileModes = ['100644', '100755', '120000', '040000', '160000'] as const;
export type FileMode = (typeof fileModes)[number];

export interface TreeEntry {
  readonly name: string;
  readonly mode: FileMode;
  readonly id: string;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Seconds since 1970; written with the zone `+0000`. */
  readonly seconds: number;
}

export interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export function objectId(type: ObjectType, content: Uint8Array): string {
  return createHash('sha1').update(`${type} ${content.byteLength}\0`).update(content).digest('hex');
}

export function typeOfMode(mode: FileMode): ObjectType {
  if (mode === '040000') return 'tree';
  return mode === '160000' ? 'commit' : 'blob';
}

/** A folder sorts as if its name ended in a slash. */
export function sortTree(entries: readonly TreeEntry[]): TreeEntry[] {
  const key = ({ name, mode }: TreeEntry) => Buffer.from(mode === '040000' ? `${name}/` : name);
  return entries.toSorted((one, other) => Buffer.compare(key(one), key(other)));
}

export function encodeTree(entries: readonly TreeEntry[]): Uint8Array {
  return Buffer.concat(
    sortTree(entries).flatMap(({ mode, name, id }) => [
      // Git writes a folder's mode without the zero that it shows.
      Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`),
      Buffer.from(id, 'hex'),
    ]),
  );
}

export function encodeCommit({ tree, parents, author, committer, message }: Commit): Uint8Array {
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${encodeSignature(author)}`,
    `committer ${encodeSignature(committer)}`,
  ];
  return Buffer.from(`${lines.join('\n')}\n\n${message}`);
}

function encodeSignature({ name, email, seconds }: Signature): string {
  return `${name} <${email}> ${seconds} +0000`;
}
