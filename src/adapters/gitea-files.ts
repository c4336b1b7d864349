import * as z from 'zod';
import { objectFormatOf, gitBlobId } from '../flux-bootstrap/git-blob-id.ts';
import type { FolderListing, RepositoryAddress } from '../ports/git-host.ts';
import {
  askGitea,
  type GiteaConnection,
  type GiteaRequest,
  isSuccess,
  parseAnswer,
  readGitea,
  refusal,
  unreadable,
} from './gitea-requests.ts';
import { nameOf, repositoryPath } from './gitea-repository.ts';

const treeSchema = z.object({
  tree: z
    .array(z.object({ path: z.string(), type: z.string(), sha: z.string() }))
    .nullish()
    .transform((entries) => entries ?? []),
  truncated: z.boolean(),
});
type Tree = z.output<typeof treeSchema>;

const folderSchema = z.object({
  dir_contents: z
    .array(z.object({ name: z.string(), type: z.string(), sha: z.string() }))
    .nullish()
    .transform((entries) => entries ?? []),
});

const blobSchema = z.object({
  content: z.string().nullish(),
  encoding: z.string().nullish(),
  size: z.number(),
});

/** Gitea's own limit (`[api] DEFAULT_GIT_TREES_PER_PAGE`); a smaller one of the server only makes more pages. */
const entriesPerPage = 1000;
/** 100,000 entries below one folder: an end to a server that never says that it has reached its own. */
const mostPages = 100;

interface Place {
  readonly repository: RepositoryAddress;
  readonly commit: string;
  readonly folder: string;
}

/**
 * Files below a folder at a commit. Most repositories fit on one page and take one request. In a larger one only the
 * folder's own tree is read: its id stands in its parent's listing. Trees are named by id, so pages fit together
 * whatever is pushed meanwhile.
 */
export async function listFolder(
  connection: GiteaConnection,
  place: Place,
  signal: AbortSignal,
): Promise<FolderListing> {
  const folder = place.folder.split('/').filter((name) => name !== '');
  const whole = await readTreePage(connection, { ...place, tree: place.commit, page: 1 }, signal);
  if (!whole.truncated) return filesOf(whole, folder);
  const tree =
    folder.length === 0 ? place.commit : await findFolderTree(connection, { ...place, names: folder }, signal);
  if (tree === undefined) return new Map();
  return readWholeTree(connection, { ...place, tree, names: folder }, signal);
}

async function readWholeTree(
  connection: GiteaConnection,
  at: Place & { tree: string; names: readonly string[] },
  signal: AbortSignal,
): Promise<FolderListing> {
  const files = new Map<string, string>();
  for (let page = 1; page <= mostPages; page += 1) {
    const read = await readTreePage(connection, { ...at, page }, signal);
    for (const entry of read.tree) {
      if (entry.type === 'blob') files.set([...at.names, entry.path].join('/'), entry.sha);
    }
    if (!read.truncated) return files;
  }
  throw unreadable(treeRequest({ ...at, page: mostPages }, signal), 'the folder has more files than we list');
}

function filesOf(tree: Tree, folder: readonly string[]): FolderListing {
  const start = folder.map((name) => `${name}/`).join('');
  const files = tree.tree.filter((entry) => entry.type === 'blob' && entry.path.startsWith(start));
  return new Map(files.map((entry) => [entry.path, entry.sha]));
}

async function readTreePage(
  connection: GiteaConnection,
  at: Place & { tree: string; page: number },
  signal: AbortSignal,
): Promise<Tree> {
  return readGitea(connection, treeRequest(at, signal), treeSchema);
}

function treeRequest(at: Place & { tree: string; page: number }, signal: AbortSignal): GiteaRequest {
  return {
    method: 'GET',
    path: [...repositoryPath(at.repository), 'git', 'trees', at.tree],
    query: { recursive: true, per_page: entriesPerPage, page: at.page },
    attempted: `list ${at.folder === '' ? 'the files' : at.folder} of ${nameOf(at.repository)} at ${at.commit}`,
    signal,
  };
}

/** The id of a folder's tree, from the listing of the folder that holds it; the commit is known to exist. */
async function findFolderTree(
  connection: GiteaConnection,
  at: Place & { names: readonly string[] },
  signal: AbortSignal,
): Promise<string | undefined> {
  const request: GiteaRequest = {
    method: 'GET',
    path: [...repositoryPath(at.repository), 'contents-ext', ...at.names.slice(0, -1)],
    query: { ref: at.commit },
    attempted: `find ${at.folder} of ${nameOf(at.repository)} at ${at.commit}`,
    signal,
  };
  const answer = await askGitea(connection, request);
  if (answer.status === 404) return undefined;
  if (!isSuccess(answer)) throw refusal(request, answer);
  const { dir_contents: entries } = parseAnswer(request, answer, folderSchema);
  return entries.find((entry) => entry.type === 'dir' && entry.name === at.names.at(-1))?.sha;
}

/** A blob as text. Content that is not UTF-8, or not what the id names, is an `OutsideCallError` `protocol`. */
export async function readBlob(
  connection: GiteaConnection,
  of: { repository: RepositoryAddress; blob: string },
  signal: AbortSignal,
): Promise<string> {
  const request: GiteaRequest = {
    method: 'GET',
    path: [...repositoryPath(of.repository), 'git', 'blobs', of.blob],
    attempted: `read the blob ${of.blob} of ${nameOf(of.repository)}`,
    signal,
  };
  const blob = await readGitea(connection, request, blobSchema);
  // Beyond `[api] DEFAULT_MAX_BLOB_SIZE` Gitea leaves the content out.
  if (blob.encoding !== 'base64' && blob.size > 0) {
    throw unreadable(request, `the file is too large (${blob.size} bytes)`);
  }
  const content = decodeText(request, Buffer.from(blob.content ?? '', 'base64'));
  if (gitBlobId(content, objectFormatOf(of.blob)) !== of.blob) {
    throw unreadable(request, 'the content is not what its id names');
  }
  return content;
}

function decodeText(request: GiteaRequest, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw unreadable(request, 'the file is not UTF-8 text', error);
  }
}
