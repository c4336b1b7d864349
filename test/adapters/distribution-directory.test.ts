import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createDirectoryDistributions } from '../../src/adapters/distribution-directory.ts';
import { loaded } from '../contracts/distributions.contract.ts';

let root = '';
const { signal } = new AbortController();

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'distributions-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, folder, name), content);
}

describe('createDirectoryDistributions', () => {
  it('reads a folder that is named after the tag, too', async () => {
    await write('v2.9.2', { 'rbac.yaml': 'a: 1\n' });

    const distribution = loaded(await createDirectoryDistributions(root).load('2.9.2', signal));

    expect(distribution.version).toBe('2.9.2');
    expect([...distribution.files]).toEqual([['rbac.yaml', 'a: 1\n']]);
  });

  it('answers with another object when the files change', async () => {
    await write('2.9.2', { 'a.yaml': 'x' });
    const distributions = createDirectoryDistributions(root);

    const first = loaded(await distributions.load('2.9.2', signal));
    await write('2.9.2', { 'a.yaml': 'y' });
    const second = loaded(await distributions.load('2.9.2', signal));

    expect(second.digest).not.toBe(first.digest);
    expect(second.files.get('a.yaml')).toBe('y');
  });

  it('does not find a version whose folder is empty, nor any where no folder is', async () => {
    await write('2.9.1', {});

    expect(await createDirectoryDistributions(root).load('2.9.1', signal)).toMatchObject({
      kind: 'version-not-found',
    });
    expect(await createDirectoryDistributions(join(root, 'none')).load('2.9.1', signal)).toMatchObject({
      kind: 'version-not-found',
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
