/** Keeps verified archives on disk. The name of a file holds the checksum of its content. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ArchiveCache {
  /** `undefined` when there is none, or when it is not what was put: then it is removed. */
  get(version: string): Promise<Uint8Array | undefined>;
  /** A reader sees all of it or nothing. A cache that cannot be written costs a download each time, no more. */
  put(version: string, content: Uint8Array): Promise<void>;
}

export function createArchiveCache(directory: string): ArchiveCache {
  return {
    async get(version) {
      const names = await readdir(directory).catch(() => []);
      for (const name of names) {
        const [, named, checksum] = /^flux-(.+)\.sha256-([0-9a-f]{64})\.tar\.gz$/.exec(name) ?? [];
        if (named !== version) continue;
        const path = join(directory, name);
        const content = await readFile(path).catch(() => undefined);
        if (content !== undefined && checksumOf(content) === checksum) return content;
        await rm(path, { force: true }).catch(() => undefined);
      }
      return undefined;
    },
    async put(version, content) {
      const path = join(directory, `flux-${version}.sha256-${checksumOf(content)}.tar.gz`);
      const unfinished = join(directory, `.${randomUUID()}.part`);
      try {
        await mkdir(directory, { recursive: true });
        await writeFile(unfinished, content);
        await rename(unfinished, path);
      } catch {
        await rm(unfinished, { force: true }).catch(() => undefined);
      }
    },
  };
}

function checksumOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
