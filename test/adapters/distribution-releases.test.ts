import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createReleaseDistributions } from '../../src/adapters/distribution-releases.ts';
import type { Distributions } from '../../src/ports/distributions.ts';
import { loaded } from '../contracts/distributions.contract.ts';
import { checksumLine, makeArchive, startReleaseServer, type ReleaseServer } from '../support/release-server.ts';
import { smallDistributionFiles } from '../support/small-distribution.ts';

const archivePath = 'v2.9.2/manifests.tar.gz';
const checksumsPath = 'v2.9.2/flux_2.9.2_checksums.txt';
const { signal } = new AbortController();

let server: ReleaseServer;
let directory = '';

beforeEach(async () => {
  server = await startReleaseServer();
  directory = await mkdtemp(join(tmpdir(), 'releases-'));
});

afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

function createDistributions(): Distributions {
  return createReleaseDistributions({
    baseUrl: server.baseUrl,
    cacheDirectory: join(directory, 'cache'),
    fetch: (url, init) => fetch(url, init),
  });
}

function publish(archive: Uint8Array): void {
  server.answers.set(archivePath, { status: 200, body: archive });
  server.answers.set(checksumsPath, {
    status: 200,
    body:
      checksumLine(Buffer.from('other'), 'flux_2.9.2_linux_amd64.tar.gz') + checksumLine(archive, 'manifests.tar.gz'),
  });
}

function sound(): Uint8Array {
  return makeArchive([...smallDistributionFiles()].map(([path, content]) => ({ path, content })));
}

describe('a release', () => {
  it('is followed to another host, as GitHub redirects', async () => {
    publish(sound());
    const elsewhere = server.answers.get(archivePath) ?? 'hang';
    server.answers.set('elsewhere', elsewhere);
    server.answers.set(archivePath, { status: 302, headers: { location: `${server.baseUrl}/elsewhere` } });

    expect(loaded(await createDistributions().load('2.9.2', signal)).files.size).toBe(9);
  });

  it('is not read when its checksum is not the published one, and not kept', async () => {
    publish(sound());
    server.answers.set(archivePath, {
      status: 200,
      body: makeArchive([{ path: 'rbac.yaml', content: 'evil: true\n' }]),
    });

    const answer = await createDistributions().load('2.9.2', signal);

    expect(answer).toMatchObject({ kind: 'checksum-mismatch', detail: expect.stringContaining('published is') });
    expect(await readdir(join(directory, 'cache')).catch(() => [])).toEqual([]);
  });

  it('without a published checksum for the manifests is not read', async () => {
    publish(sound());
    server.answers.set(checksumsPath, { status: 200, body: checksumLine(sound(), 'install.yaml') });

    await expect(createDistributions().load('2.9.2', signal)).rejects.toMatchObject({
      system: 'flux-releases',
      failure: 'protocol',
      answer: 'the checksums do not name manifests.tar.gz',
    });
    expect(server.requests).toEqual([checksumsPath]);
  });

  it('whose archive is not there does not exist', async () => {
    publish(sound());
    server.answers.delete(archivePath);

    expect(await createDistributions().load('2.9.2', signal)).toMatchObject({ kind: 'version-not-found' });
  });

  it('whose name is no version is not asked for', async () => {
    expect(await createDistributions().load('2.9.2/../x', signal)).toMatchObject({ kind: 'version-not-found' });
    expect(server.requests).toEqual([]);
  });
});

describe('the cache', () => {
  it('saves all requests, for another process too', async () => {
    publish(sound());
    await createDistributions().load('2.9.2', signal);
    server.requests.length = 0;

    await createDistributions().load('2.9.2', signal);

    expect(server.requests).toEqual([]);
  });

  it('keeps to what was verified, whatever is released under the version later', async () => {
    publish(sound());
    const first = loaded(await createDistributions().load('2.9.2', signal));
    publish(makeArchive([{ path: 'rbac.yaml', content: 'a: 1\n' }]));

    expect(loaded(await createDistributions().load('2.9.2', signal)).digest).toBe(first.digest);
  });

  it('is not trusted when a file was changed: it is loaded again', async () => {
    publish(sound());
    await createDistributions().load('2.9.2', signal);
    const [name = ''] = await readdir(join(directory, 'cache'));
    const path = join(directory, 'cache', name);
    await writeFile(path, makeArchive([{ path: 'rbac.yaml', content: 'evil: true\n' }]));
    server.requests.length = 0;

    const distribution = loaded(await createDistributions().load('2.9.2', signal));

    expect(new Map(distribution.files)).toEqual(smallDistributionFiles());
    expect(server.requests).toEqual([checksumsPath, archivePath]);
    expect(new Uint8Array(await readFile(path))).toEqual(new Uint8Array(sound()));
  });

  it('holds one whole file a version, and no unfinished ones', async () => {
    publish(sound());

    await Promise.all([1, 2, 3].map(() => createDistributions().load('2.9.2', signal)));

    expect(await readdir(join(directory, 'cache'))).toEqual([
      expect.stringMatching(/^flux-2\.9\.2\.sha256-[0-9a-f]{64}\.tar\.gz$/),
    ]);
  });

  it('that cannot be written does not keep a release from being loaded', async () => {
    publish(sound());
    await writeFile(join(directory, 'cache'), 'a file where the folder should be');

    expect(loaded(await createDistributions().load('2.9.2', signal)).files.size).toBe(9);
  });
});

describe('an archive', () => {
  it('gives the files at its root, however that is written, and none from outside it', async () => {
    publish(
      makeArchive([
        { path: './', type: 'Directory' },
        { path: './rbac.yaml', content: 'a: 1\n' },
        { path: '../policies.yaml', content: 'no' },
        { path: '/source-controller.yaml', content: 'no' },
      ]),
    );

    expect([...loaded(await createDistributions().load('2.9.2', signal)).files]).toEqual([['rbac.yaml', 'a: 1\n']]);
  });

  it.each([
    ['is no gzip', Buffer.from('not an archive')],
    ['is no tar', gzipSync(Buffer.alloc(2048, 'x'))],
    ['holds no manifests', makeArchive([{ path: 'README.md', content: 'no' }])],
    [
      'holds a name twice',
      makeArchive([
        { path: 'a.yaml', content: '1' },
        { path: './a.yaml', content: '2' },
      ]),
    ],
    ['unpacks to more than 32 MiB', makeArchive([{ path: 'a.yaml', content: Buffer.alloc(33 * 1024 * 1024, 'a') }])],
    ['ends within a file', gzipSync(gunzipSync(sound()).subarray(0, 700))],
  ])('that %s is refused', async (_, archive) => {
    publish(archive);

    await expect(createDistributions().load('2.9.2', signal)).rejects.toMatchObject({
      name: 'OutsideCallError',
      system: 'flux-releases',
      failure: 'protocol',
    });
  });

  it('larger than 8 MiB is not downloaded to its end', async () => {
    publish(Buffer.alloc(9 * 1024 * 1024));

    await expect(createDistributions().load('2.9.2', signal)).rejects.toMatchObject({
      failure: 'protocol',
      answer: 'larger than 8388608 bytes',
    });
  });
});

describe('a server that fails', () => {
  it.each([
    [500, {}, { failure: 'server-error', status: 500, retryable: true }],
    [429, { 'retry-after': '7' }, { failure: 'throttled', retryAfterSeconds: 7, retryable: true }],
    [403, { 'retry-after': '60' }, { failure: 'throttled', retryAfterSeconds: 60 }],
    [403, {}, { failure: 'forbidden', status: 403, retryable: false }],
    [401, {}, { failure: 'unauthenticated' }],
    [418, {}, { failure: 'rejected', status: 418 }],
  ])('with %i is told by what it means', async (status, headers, expected) => {
    publish(sound());
    server.answers.set(archivePath, { status, headers });

    await expect(createDistributions().load('2.9.2', signal)).rejects.toMatchObject({
      system: 'flux-releases',
      attempted: `GET ${server.baseUrl}/${archivePath}`,
      ...expected,
    });
  });

  it('by cutting the connection is unreachable', async () => {
    publish(sound());
    server.answers.set(archivePath, 'cut');

    await expect(createDistributions().load('2.9.2', signal)).rejects.toMatchObject({
      failure: 'unreachable',
      retryable: true,
    });
  });

  it('by not being there is unreachable', async () => {
    await server.close();

    await expect(createDistributions().load('2.9.2', signal)).rejects.toMatchObject({ failure: 'unreachable' });
  });

  it('by not answering is given up with the deadline', async () => {
    server.answers.set(checksumsPath, 'hang');

    await expect(createDistributions().load('2.9.2', AbortSignal.timeout(50))).rejects.toMatchObject({
      failure: 'timeout',
    });
  });
});
