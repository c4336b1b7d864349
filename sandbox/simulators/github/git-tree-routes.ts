import type { Hono } from 'hono';
import * as z from 'zod';

import type { GitHubCore } from './github-core.ts';
import { notFound, unprocessable } from './github-error.ts';
import { readBody, type RepositoryCall, repositoryRoute } from './github-request.ts';
import { type Repository, fullName } from './github-state.ts';
import { fileModes, type FileMode, type ObjectType, typeOfMode } from './git-objects.ts';
import { filesOf, type ListedEntry, listTree, putBlob, putFiles, type StoredFile } from './object-store.ts';
import { requireContent, resolveTree } from './revisions.ts';

const treeEntry = z.object({
  path: z.string().min(1),
  mode: z.enum(fileModes),
  type: z.enum(['blob', 'tree', 'commit']).optional(),
  /** `null` takes the file away. */
  sha: z.string().nullable().optional(),
  content: z.string().optional(),
});

const treeBody = z.object({ base_tree: z.string().optional(), tree: z.array(treeEntry).min(1) });

const blobBody = z.object({ content: z.string(), encoding: z.enum(['utf-8', 'base64']).default('utf-8') });

/** docs.github.com, "REST API endpoints for Git trees" and "… for Git blobs". */
export function gitTreeRoutes(app: Hono, core: GitHubCore): void {
  const write = { permission: 'contents', level: 'write' } as const;
  const read = { permission: 'contents', level: 'read' } as const;
  repositoryRoute(app, core, {
    ...{ method: 'POST', path: '/git/trees', action: 'github:CreateTree', createsContent: true, needs: write },
    perform: createTree,
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/git/trees/:sha{.+}', action: 'github:GetTree', needs: read },
    perform: getTree,
  });
  repositoryRoute(app, core, {
    ...{ method: 'POST', path: '/git/blobs', action: 'github:CreateBlob', createsContent: true, needs: write },
    perform({ repository, body, url }) {
      requireContent(repository);
      const { content, encoding } = readBody(blobBody, body);
      const sha = putBlob(repository.objects, Buffer.from(content, encoding));
      core.onChange();
      return { status: 201, body: { sha, url: objectUrl(repository, { type: 'blob', id: sha }, url) } };
    },
  });
  repositoryRoute(app, core, {
    ...{ method: 'GET', path: '/git/blobs/:sha', action: 'github:GetBlob', needs: read },
    perform: getBlob,
  });
}

/** Objects only: nothing shows them before a commit and a ref do, so no history tells of them. */
function createTree({ core, repository, body, url }: RepositoryCall) {
  requireContent(repository);
  const { base_tree: base, tree } = readBody(treeBody, body);
  const files = new Map<string, StoredFile>();
  if (base !== undefined) {
    const id = resolveTree(repository, base);
    if (id === undefined) throw unprocessable('base_tree is not a valid tree oid');
    for (const [path, file] of filesOf(repository.objects, id)) files.set(path, file);
  }
  for (const entry of tree) {
    checkPath(entry.path);
    changeFiles(repository, files, entry);
  }
  const id = putFiles(repository.objects, files);
  core.onChange();
  return { status: 201, body: formatTree(core, { repository, url }, { id, isRecursive: false }) };
}

function checkPath(path: string): void {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')) {
    throw unprocessable('tree.path contains a malformed path component');
  }
}

/** An entry replaces whatever stood at its path: a file a folder, a folder a file. */
function changeFiles(repository: Repository, files: Map<string, StoredFile>, entry: z.output<typeof treeEntry>): void {
  const { path, sha, content } = entry;
  const inside = [...files.keys()].filter((one) => one.startsWith(`${path}/`));
  if (sha === null) {
    // "Returns an error if you try to delete a file that does not exist."
    if (!files.delete(path) && inside.length === 0) throw unprocessable('GitRPC::BadObjectState');
    for (const one of inside) files.delete(one);
    return;
  }
  for (const one of inside) files.delete(one);
  const parts = path.split('/');
  for (const [index] of parts.entries()) files.delete(parts.slice(0, index).join('/'));
  if (content !== undefined && sha !== undefined) throw unprocessable('Only one of content or sha may be given');
  const file =
    content === undefined ? undefined : { mode: entry.mode, id: putBlob(repository.objects, Buffer.from(content)) };
  for (const [at, one] of placed(repository, { ...entry, file })) files.set(at, one);
}

/** A tree stands for all files in it. */
function placed(
  { objects }: Repository,
  entry: {
    readonly path: string;
    readonly mode: FileMode;
    sha?: string | null | undefined;
    file: StoredFile | undefined;
  },
): [string, StoredFile][] {
  const { path, mode, sha, file } = entry;
  if (file) return [[path, file]];
  const type = typeOfMode(mode);
  const isThere = type === 'commit' || (type === 'tree' ? objects.trees.has(sha ?? '') : objects.blobs.has(sha ?? ''));
  if (typeof sha !== 'string' || !isThere) throw unprocessable(`tree.sha ${sha ?? ''} is not a valid ${type}`);
  if (type !== 'tree') return [[path, { mode, id: sha }]];
  return [...filesOf(objects, sha)].map(([below, one]) => [`${path}/${below}`, one]);
}

function getTree({ core, repository, path, query, url }: RepositoryCall) {
  requireContent(repository);
  const id = resolveTree(repository, path('sha'));
  if (id === undefined) throw notFound();
  // "Setting this parameter to any value returns the objects or subtrees", `0` and `false` included.
  return { body: formatTree(core, { repository, url }, { id, isRecursive: query['recursive'] !== undefined }) };
}

interface At {
  readonly repository: Repository;
  readonly url: URL;
}

function formatTree(
  { treeLimit }: GitHubCore,
  { repository, url }: At,
  { id, isRecursive }: { id: string; isRecursive: boolean },
): object {
  const { objects } = repository;
  const entries: ListedEntry[] = isRecursive
    ? listTree(objects, id)
    : (objects.trees.get(id) ?? []).map((entry) => ({ ...entry, path: entry.name }));
  return {
    sha: id,
    url: objectUrl(repository, { type: 'tree', id }, url),
    tree: entries.slice(0, treeLimit).map((entry) => formatEntry({ repository, url }, entry)),
    truncated: entries.length > treeLimit,
  };
}

function formatEntry({ repository, url }: At, { path, mode, id }: ListedEntry): object {
  const type = typeOfMode(mode);
  const size = type === 'blob' ? { size: repository.objects.blobs.get(id)?.byteLength ?? 0 } : {};
  return { path, mode, type, sha: id, ...size, url: objectUrl(repository, { type, id }, url) };
}

function objectUrl(repository: Repository, { type, id }: { type: ObjectType; id: string }, url: URL): string {
  return `${url.origin}/repos/${fullName(repository)}/git/${type}s/${id}`;
}

/** "The content in the response will always be Base64 encoded", broken into lines. */
function getBlob({ repository, path, url }: RepositoryCall) {
  requireContent(repository);
  const id = path('sha');
  const bytes = repository.objects.blobs.get(id);
  if (!bytes) throw notFound();
  const content = encodeLines(bytes);
  return {
    body: {
      ...{ sha: id, node_id: `B_${id}`, size: bytes.byteLength, url: objectUrl(repository, { type: 'blob', id }, url) },
      ...{ content, encoding: 'base64' },
    },
  };
}

export function encodeLines(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('base64')
    .replace(/.{1,60}/g, '$&\n');
}
