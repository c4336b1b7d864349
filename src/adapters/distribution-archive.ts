/** Unpacks `manifests.tar.gz` in memory. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { Parser, type ReadEntry } from 'tar';

import { isManifestName } from './distribution-digest.ts';

/** Unpacked, the archive of 2.9 has 350 KB. */
const largestUnpackedBytes = 32 * 1024 * 1024;

/**
 * The regular files `*.yaml` at the archive's root; everything else in it is passed over, and nothing is written.
 * @throws Error when it is not such an archive, is too large, or holds a name twice.
 */
export async function unpackDistribution(archive: Uint8Array): Promise<ReadonlyMap<string, Uint8Array>> {
  const plain = await promisify(gunzip)(archive, { maxOutputLength: largestUnpackedBytes });
  const files = new Map<string, Promise<Uint8Array>>();
  await new Promise<void>((resolve, reject) => {
    const parser = new Parser({ strict: true });
    parser.on('entry', (entry: ReadEntry) => {
      const name = entry.path.replace(/^\.\//, '');
      if (files.has(name)) reject(new Error(`the archive holds ${name} twice`));
      if (isManifest(entry, name)) files.set(name, entry.concat());
      else entry.resume();
    });
    parser.on('end', resolve);
    parser.on('error', reject);
    parser.end(plain);
  });
  if (files.size === 0) throw new Error('the archive holds no manifests');
  return new Map(await Promise.all([...files].map(async ([name, content]) => [name, await content] as const)));
}

function isManifest(entry: ReadEntry, name: string): boolean {
  return (entry.type === 'File' || entry.type === 'OldFile') && isManifestName(name);
}
