import * as z from 'zod';
import { gitBlobId, objectFormatOf } from '../flux-bootstrap/git-blob-id.ts';
import type { FolderListing } from '../ports/git-host.ts';
import { type GitHubRequest, isAbsent, nameOf, placeOf, readAnswer, unreadable } from './github-requests.ts';
import { ask, read, type Visit } from './github-visits.ts';

const treeSchema = z.object({
  tree: z.array(z.object({ path: z.string(), type: z.string(), sha: z.string() })),
  truncated: z.boolean(),
});
type Tree = z.output<typeof treeSchema>;

const blobSchema = z.object({ content: z.string(), encoding: z.string() });

interface WantedTree {
  /** Id of a commit or of a tree: never a name, which others may move. */
  readonly tree: string;
  readonly isRecursive: boolean;
}

/**
 * Files below a folder at a commit. Most repositories come in one answer; GitHub cuts one of more than 100,000 entries
 * or 7 MB short (docs.github.com, "Get a tree"). Then the folder is looked for from the root, one level at a time.
 */
export async function listFolder(
  visit: Visit,
  { commit, folder }: { readonly commit: string; readonly folder: string },
  signal: AbortSignal,
): Promise<FolderListing> {
  const names = folder.split('/').filter((name) => name !== '');
  const whole = await readTree(visit, { tree: commit, isRecursive: true }, signal);
  if (!whole.truncated) return filesOf(whole, names);
  let tree: string | undefined = commit;
  for (const name of names) {
    const level: Tree = await readTree(visit, { tree, isRecursive: false }, signal);
    tree = level.tree.find((entry) => entry.type === 'tree' && entry.path === name)?.sha;
    if (tree === undefined) return new Map();
  }
  return new Map(await walk(visit, { tree, before: names }, signal));
}

/** All files below a tree, folder by folder where it is too large for one answer. */
async function walk(
  visit: Visit,
  { tree, before }: { tree: string; before: readonly string[] },
  signal: AbortSignal,
): Promise<[string, string][]> {
  const whole = await readTree(visit, { tree, isRecursive: true }, signal);
  const level = whole.truncated ? await readTree(visit, { tree, isRecursive: false }, signal) : whole;
  const files = level.tree
    .filter(({ type }) => type === 'blob')
    .map(({ path, sha }): [string, string] => [[...before, path].join('/'), sha]);
  if (!whole.truncated) return files;
  for (const entry of level.tree) {
    if (entry.type === 'tree') {
      files.push(...(await walk(visit, { tree: entry.sha, before: [...before, entry.path] }, signal)));
    }
  }
  return files;
}

function filesOf({ tree }: Tree, folder: readonly string[]): FolderListing {
  const start = folder.map((name) => `${name}/`).join('');
  const files = tree.filter(({ type, path }) => type === 'blob' && path.startsWith(start));
  return new Map(files.map(({ path, sha }) => [path, sha]));
}

async function readTree(visit: Visit, { tree, isRecursive }: WantedTree, signal: AbortSignal): Promise<Tree> {
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
    // Any value of `recursive` means yes, so it is left out for no.
    parameters: { ...placeOf(visit.repository), tree_sha: tree, ...(isRecursive ? { recursive: 1 } : {}) },
    attempted: `list the files of ${nameOf(visit.repository)} at ${tree}`,
    signal,
  };
  const found = await read(visit, request, treeSchema);
  if (found.truncated && !isRecursive) throw unreadable(request, 'the folder has more entries than GitHub lists');
  return found;
}

/** A blob as text. Content that is not UTF-8, or not what the id names, is an `OutsideCallError` `protocol`. */
export async function readBlob(visit: Visit, blob: string, signal: AbortSignal): Promise<string> {
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}',
    parameters: { ...placeOf(visit.repository), file_sha: blob },
    attempted: `read the blob ${blob} of ${nameOf(visit.repository)}`,
    signal,
  };
  const { content, encoding } = await read(visit, request, blobSchema);
  if (encoding !== 'base64') throw unreadable(request, `the content comes as ${encoding}`);
  const text = decodeText(request, Buffer.from(content, 'base64'));
  if (gitBlobId(text, objectFormatOf(blob)) !== blob) {
    throw unreadable(request, 'the content is not what its id names');
  }
  return text;
}

function decodeText(request: GitHubRequest, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(request, 'the file is not UTF-8 text');
  }
}

const logSchema = z.array(z.object({ sha: z.string(), commit: z.object({ message: z.string() }) }));

/** The newest commit below `head` that touched the path; `undefined` when none did. */
export async function lastCommit(
  visit: Visit,
  { head, path }: { readonly head: string; readonly path: string },
  signal: AbortSignal,
): Promise<{ readonly commit: string; readonly message: string } | undefined> {
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/commits',
    // By commit: a tag that is called like the branch would be taken first.
    parameters: { ...placeOf(visit.repository), sha: head, per_page: 1, ...(path === '' ? {} : { path }) },
    attempted: `read the last commit of ${nameOf(visit.repository)} to ${path}`,
    signal,
  };
  const answer = await ask(visit, 'reading', request);
  if (isAbsent(answer)) return undefined;
  const [newest] = readAnswer(request, answer, logSchema);
  return newest && { commit: newest.sha, message: newest.commit.message };
}
