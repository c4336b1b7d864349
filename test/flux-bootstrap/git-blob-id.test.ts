import { describe, expect, it } from 'vitest';
import { gitBlobId, objectFormatOf } from '../../src/flux-bootstrap/git-blob-id.ts';

// The ids are what `git hash-object` (2.39) printed.
describe('gitBlobId', () => {
  it('counts bytes, not characters', () => {
    expect(gitBlobId('a: ü\n')).toBe('9269d554da923ad30d7ba2312b69403dd4ce92a6');
  });

  it('knows the empty file', () => {
    expect(gitBlobId('')).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
  });

  it('speaks the format of repositories with SHA-256', () => {
    const id = 'af5398a52e1b39fc323e03a227a43404ef600d7bce1c33b807f693b8e84346ba';

    expect(gitBlobId('a: ü\n', objectFormatOf(id))).toBe(id);
  });
});
