import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStateFile } from '../../sandbox/state-directory.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fleet-state-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

it('keeps what was written last, in folders that only their owner may look into', () => {
  const file = createStateFile(join(directory, 'a', 'b', 'world.json'));
  expect(file.read()).toBeUndefined();

  file.write({ version: 1 });
  file.write({ version: 2 });

  expect(file.read()).toEqual({ version: 2 });
  const modes = ['a', 'a/b', 'a/b/world.json'].map((path) => statSync(join(directory, path)).mode & 0o777);
  expect(modes).toEqual([0o700, 0o700, 0o600]);
});

it.each(['/proc/fleet', '/proc/fleet/a/b'])('says that nothing can be kept in %s', (folder) => {
  const write = () => createStateFile(join(folder, 'world.json')).write({});

  expect(write).toThrow(expect.objectContaining({ code: expect.stringMatching(/^(EPERM|EACCES|EROFS)$/) }));
});

it('says that nothing can be kept below a file', () => {
  writeFileSync(join(directory, 'file'), '');

  expect(() => createStateFile(join(directory, 'file', 'a', 'world.json')).write({})).toThrow('ENOTDIR');
});
