/**
 * Distributions as Flux releases them: `manifests.tar.gz`, held against the checksum that was published with it
 * (`flux_<version>_checksums.txt`, lines of sha256sum; fluxcd/flux2 `.goreleaser.yml`).
 */
import { createHash } from 'node:crypto';

import { OutsideCallError } from '../errors.ts';
import type { Distributions, LoadedDistribution } from '../ports/distributions.ts';
import { unpackDistribution } from './distribution-archive.ts';
import { createArchiveCache } from './distribution-cache.ts';
import { createDistribution, createDistributionMemory, isVersion, notAVersion } from './distribution-digest.ts';
import { download, type DownloadFetch } from './distribution-download.ts';

export interface ReleaseOptions {
  /** Where the releases are, without a trailing slash. */
  readonly baseUrl?: string;
  /** Verified archives are kept here; made when missing. */
  readonly cacheDirectory: string;
  readonly fetch: DownloadFetch;
}

const fluxReleases = 'https://github.com/fluxcd/flux2/releases/download';
const archiveName = 'manifests.tar.gz';
/** The archive of 2.9 has 45 KB, its checksums 2 KB. */
const largestArchiveBytes = 8 * 1024 * 1024;
const largestChecksumsBytes = 256 * 1024;

type Archive =
  | { readonly kind: 'archive'; readonly content: Uint8Array }
  | Exclude<LoadedDistribution, { kind: 'loaded' }>;

/** Downloads a version once; from then on it is what was verified then, even if the release should be replaced. */
export function createReleaseDistributions(options: ReleaseOptions): Distributions {
  const { baseUrl = fluxReleases, cacheDirectory, fetch } = options;
  const cache = createArchiveCache(cacheDirectory);
  const remember = createDistributionMemory();

  async function fetchArchive(version: string, signal: AbortSignal): Promise<Archive> {
    const release = `${baseUrl}/v${version}`;
    const checksums = await download({
      fetch,
      url: `${release}/flux_${version}_checksums.txt`,
      largestBytes: largestChecksumsBytes,
      signal,
    });
    if (checksums === undefined) return versionNotFound(version);
    const published = findChecksum(new TextDecoder().decode(checksums), version);

    const content = await download({
      fetch,
      url: `${release}/${archiveName}`,
      largestBytes: largestArchiveBytes,
      signal,
    });
    if (content === undefined) return versionNotFound(version);
    const actual = createHash('sha256').update(content).digest('hex');
    if (actual !== published) {
      const detail = `${archiveName} of Flux ${version} has the checksum ${actual}, published is ${published}`;
      return { kind: 'checksum-mismatch', detail };
    }
    await cache.put(version, content);
    return { kind: 'archive', content };
  }

  return {
    async load(version, signal): Promise<LoadedDistribution> {
      if (!isVersion(version)) return notAVersion(version);
      const kept = await cache.get(version);
      const archive: Archive = kept ? { kind: 'archive', content: kept } : await fetchArchive(version, signal);
      if (archive.kind !== 'archive') return archive;
      try {
        const distribution = createDistribution(version, await unpackDistribution(archive.content));
        return { kind: 'loaded', distribution: remember(distribution) };
      } catch (error) {
        throw unreadable(version, error instanceof Error ? error.message : String(error), error);
      }
    },
  };
}

function versionNotFound(version: string): Archive {
  return { kind: 'version-not-found', detail: `Flux has no release ${version} with ${archiveName}` };
}

/** Lines of sha256sum: the checksum, two spaces (or a space and `*`), the file's name. */
function findChecksum(checksums: string, version: string): string {
  const lines = checksums.split('\n').map((line) => /^([0-9a-f]{64}) [ *](\S+)\s*$/.exec(line));
  const checksum = lines.find((line) => line?.[2] === archiveName)?.[1];
  if (checksum === undefined) throw unreadable(version, `the checksums do not name ${archiveName}`);
  return checksum;
}

function unreadable(version: string, answer: string, cause?: unknown): OutsideCallError {
  const attempted = `read the release of Flux ${version}`;
  return new OutsideCallError({ system: 'flux-releases', failure: 'protocol', attempted, answer, cause });
}
