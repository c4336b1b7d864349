import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createDirectoryDistributions } from '../../src/adapters/distribution-directory.ts';
import { createReleaseDistributions } from '../../src/adapters/distribution-releases.ts';
import type { Distributions } from '../../src/ports/distributions.ts';
import {
  type ArchiveEntry,
  checksumLine,
  makeArchive,
  type ReleaseServer,
  startReleaseServer,
} from '../support/release-server.ts';
import { distributionsContract } from './distributions.contract.ts';

distributionsContract('directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'distributions-'));
  // Deep enough that what leads out of it stays in the directory.
  const root = join(directory, 'of', 'flux', 'versions');
  return {
    async publish(version, entries) {
      for (const entry of entries) await place(join(root, version, entry.path), entry);
    },
    distributions: () => createDirectoryDistributions(root),
    close: () => rm(directory, { recursive: true }),
  };
});

async function place(path: string, { content = '', type = 'File', linkpath = '' }: ArchiveEntry): Promise<void> {
  await mkdir(type === 'Directory' ? path : dirname(path), { recursive: true });
  if (type === 'File') await writeFile(path, content);
  if (type === 'SymbolicLink') await symlink(linkpath, path);
}

interface ReleaseWorld {
  readonly server: ReleaseServer;
  publish(version: string, entries: readonly ArchiveEntry[]): void;
  distributions(): Distributions;
  close(): Promise<void>;
}

async function createReleaseWorld(): Promise<ReleaseWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'releases-'));
  const server = await startReleaseServer();
  const { baseUrl } = server;
  // As the adapter's requests name it.
  const pathOf = (version: string, file: string) =>
    new URL(`${baseUrl}/v${version}/${file}`).href.slice(`${baseUrl}/`.length);
  return {
    server,
    publish(version, entries) {
      const body = makeArchive(entries);
      server.answers.set(pathOf(version, 'manifests.tar.gz'), { status: 200, body });
      const checksums = { status: 200, body: checksumLine(body, 'manifests.tar.gz') };
      server.answers.set(pathOf(version, `flux_${version}_checksums.txt`), checksums);
    },
    distributions: () =>
      createReleaseDistributions({
        baseUrl,
        cacheDirectory: join(directory, 'cache'),
        fetch: (url, init) => fetch(url, init),
      }),
    async close() {
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}

distributionsContract('releases', async () => {
  const world = await createReleaseWorld();
  return { ...world, publish: async (version, entries) => world.publish(version, entries) };
});

distributionsContract('releases, from the cache that another process filled', async () => {
  const world = await createReleaseWorld();
  return {
    ...world,
    async publish(version, entries) {
      world.publish(version, entries);
      // What cannot be read is refused here as well, and kept as it was verified.
      await Promise.allSettled([world.distributions().load(version, new AbortController().signal)]);
      // From now on only the cache can answer.
      world.server.answers.clear();
    },
  };
});
