/** Distributions in a directory: `<root>/<version>/*.yaml`, or `<root>/v<version>`. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { OutsideCallError } from '../errors.ts';
import type { Distributions, LoadedDistribution } from '../ports/distributions.ts';
import {
  createDistribution,
  createDistributionMemory,
  isManifestName,
  isVersion,
  notAVersion,
} from './distribution-digest.ts';

/** The files are read at each load: a directory that changes shows as another digest. */
export function createDirectoryDistributions(root: string): Distributions {
  const remember = createDistributionMemory();
  return {
    async load(version, signal): Promise<LoadedDistribution> {
      if (!isVersion(version)) return notAVersion(version);
      try {
        for (const folder of [version, `v${version}`]) {
          const contents = await readManifests(join(root, folder), signal);
          if (contents.size === 0) continue;
          return { kind: 'loaded', distribution: remember(createDistribution(version, contents)) };
        }
      } catch (error) {
        throw unreadable(version, error, signal);
      }
      return { kind: 'version-not-found', detail: `There are no manifests of Flux ${version}.` };
    },
  };
}

async function readManifests(directory: string, signal: AbortSignal): Promise<ReadonlyMap<string, Uint8Array>> {
  signal.throwIfAborted();
  const names = (await listFiles(directory)).filter(isManifestName);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), { signal })] as const)),
  );
}

async function listFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function unreadable(version: string, error: unknown, signal: AbortSignal): OutsideCallError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'not readable';
  return new OutsideCallError({
    system: 'flux-releases',
    failure: signal.aborted ? 'timeout' : 'protocol',
    attempted: `read the distribution of Flux ${version} from its directory`,
    answer: code,
    cause: error,
  });
}
