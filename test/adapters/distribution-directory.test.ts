import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createDirectoryDistributions } from '../../src/adapters/distribution-directory.ts';
import type { Distribution, LoadedDistribution } from '../../src/ports/distributions.ts';

let root = '';
const { signal } = new AbortController();

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'distributions-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, folder, name), content);
}

function loaded(answer: LoadedDistribution): Distribution {
  if (answer.kind !== 'loaded') throw new Error(`${answer.kind}: ${answer.detail}`);
  return answer.distribution;
}

describe('createDirectoryDistributions', () => {
  it.each(['2.9.2', 'v2.9.2'])('reads the manifests in the folder %s, and nothing else in it', async (folder) => {
    await write(folder, {
      'rbac.yaml': 'a: 1\n',
      'source-controller.yaml': 'b: ü\n',
      'notes.txt': 'no',
      '.hidden.yaml': 'no',
    });
    await mkdir(join(root, folder, 'more.yaml'));
    await symlink('/etc/hostname', join(root, folder, 'link.yaml'));

    const distribution = loaded(await createDirectoryDistributions(root).load('2.9.2', signal));

    expect(distribution.version).toBe('2.9.2');
    expect([...distribution.files]).toEqual([
      ['rbac.yaml', 'a: 1\n'],
      ['source-controller.yaml', 'b: ü\n'],
    ]);
  });

  it('gives every content its own digest', async () => {
    await write('1.0.0', { 'a.yaml': 'x', 'b.yaml': 'y' });
    await write('1.0.1', { 'a.yaml': 'x', 'c.yaml': 'y' });
    await write('1.0.2', { 'a.yaml': 'x', 'b.yaml': 'z' });
    await write('1.0.3', { 'a.yaml': 'x', 'b.yaml': 'y' });
    const distributions = createDirectoryDistributions(root);

    const digests = [];
    for (const version of ['1.0.0', '1.0.1', '1.0.2', '1.0.3']) {
      digests.push(loaded(await distributions.load(version, signal)).digest);
    }

    expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(new Set(digests).size).toBe(3);
    expect(digests[3]).toBe(digests[0]);
  });

  it('answers with the same object while the files are the same, and with another when they change', async () => {
    await write('2.9.2', { 'a.yaml': 'x' });
    const distributions = createDirectoryDistributions(root);

    const first = loaded(await distributions.load('2.9.2', signal));
    const second = loaded(await distributions.load('2.9.2', signal));
    await write('2.9.2', { 'a.yaml': 'y' });
    const third = loaded(await distributions.load('2.9.2', signal));

    expect(second).toBe(first);
    expect(third.digest).not.toBe(first.digest);
    expect(third.files.get('a.yaml')).toBe('y');
  });

  it('does not find a version that is not there, or whose folder is empty', async () => {
    await write('2.9.1', {});
    const distributions = createDirectoryDistributions(root);

    expect(await distributions.load('2.9.0', signal)).toMatchObject({ kind: 'version-not-found' });
    expect(await distributions.load('2.9.1', signal)).toMatchObject({ kind: 'version-not-found' });
    expect(await createDirectoryDistributions(join(root, 'none')).load('2.9.1', signal)).toMatchObject({
      kind: 'version-not-found',
    });
  });

  it.each(['..', '../secret', '2.9.2/..', 'v2.9.2', '2.9', '2.9.2\n', '', '02.9.2', '2.9.2-', '2.9.2+build'])(
    'takes %j for no version, and looks for no such folder',
    async (version) => {
      await write('../secret', { 'a.yaml': 'x' }).catch(() => undefined);

      expect(await createDirectoryDistributions(root).load(version, signal)).toMatchObject({
        kind: 'version-not-found',
      });
    },
  );

  it('takes release candidates', async () => {
    await write('2.10.0-rc.1', { 'a.yaml': 'x' });

    expect(loaded(await createDirectoryDistributions(root).load('2.10.0-rc.1', signal)).version).toBe('2.10.0-rc.1');
  });

  it('refuses a file that is not UTF-8', async () => {
    await write('2.9.2', { 'a.yaml': new Uint8Array([0xc3, 0x28]) });

    await expect(createDirectoryDistributions(root).load('2.9.2', signal)).rejects.toMatchObject({
      name: 'OutsideCallError',
      system: 'flux-releases',
      failure: 'protocol',
    });
  });

  it('ends with its deadline', async () => {
    await write('2.9.2', { 'a.yaml': 'x' });

    await expect(createDirectoryDistributions(root).load('2.9.2', AbortSignal.abort())).rejects.toMatchObject({
      system: 'flux-releases',
      failure: 'timeout',
    });
  });
});
