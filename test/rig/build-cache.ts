/**
 * A cache of built things outside the checkout: `${XDG_CACHE_HOME:-~/.cache}/fleet-api-rig/<name>-<hash of recipe>`.
 *
 * An entry appears whole or not at all, and carries the SHA-256 of each of its files, which is compared on use. One
 * process builds at a time.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { lockFile } from './file-lock.ts';

export interface CacheEntry {
  readonly name: string;
  /** Everything that decides what is built: another text is another entry. */
  readonly recipe: readonly string[];
  /** Shown when the entry has to be built. */
  readonly announcement: string;
  /** Fills the empty directory. */
  readonly build: (directory: string) => Promise<void>;
}

export type Progress = (line: string) => void;

const stampName = '.stamp.json';

function cacheRoot(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'fleet-api-rig');
}

/** Answers the entry's directory, building it where it is missing or damaged. */
export async function obtain(entry: CacheEntry, progress: Progress): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch, ...entry.recipe]));
  const root = cacheRoot();
  const directory = join(root, `${entry.name}-${hash.digest('hex').slice(0, 16)}`);
  if (await isIntact(directory)) return directory;

  await mkdir(root, { recursive: true });
  const lock = await lockFile(join(root, 'build.lock'), {
    isToWait: true,
    onWaiting: () => progress('waiting for another rig that builds'),
  });
  try {
    if (await isIntact(directory)) return directory;
    const started = Date.now();
    progress(entry.announcement);
    const work = join(root, `.building-${entry.name}`);
    await rm(work, { recursive: true, force: true });
    await mkdir(work);
    await entry.build(work);
    await writeFile(join(work, stampName), JSON.stringify(await hashFiles(work)));
    await rm(directory, { recursive: true, force: true });
    await rename(work, directory);
    progress(`${entry.name}: built in ${Math.round((Date.now() - started) / 1000)} s`);
    return directory;
  } finally {
    await lock?.release();
  }
}

async function isIntact(directory: string): Promise<boolean> {
  const stamp = await readFile(join(directory, stampName), 'utf8').catch(() => undefined);
  return stamp !== undefined && stamp === JSON.stringify(await hashFiles(directory));
}

/** Path below the directory → SHA-256, in the order of the paths. */
async function hashFiles(directory: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== stampName)
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .toSorted();
  const hashes: Record<string, string> = {};
  for (const file of files) hashes[file] = await hashFile(join(directory, file));
  return hashes;
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest('hex');
}
