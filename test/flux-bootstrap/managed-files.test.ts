import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { gitBlobId } from '../../src/flux-bootstrap/git-blob-id.ts';
import {
  changesTo,
  describeReference,
  isAsWritten,
  removalsBy,
  writtenFiles,
} from '../../src/flux-bootstrap/managed-files.ts';
import type { ManagedFiles } from '../../src/flux-bootstrap/managed-files.ts';

const files: ManagedFiles = {
  components: { path: 'a/gotk-components.yaml', content: 'components\n' },
  sync: { path: 'a/gotk-sync.yaml', content: 'sync\n' },
  kustomization: { path: 'a/kustomization.yaml', content: 'kustomization\n' },
  objects: [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'kept', namespace: 'flux-system' } }],
};
const sha1 = gitBlobId('x');
const sha256 = createHash('sha256').update('x').digest('hex');

describe('the changes', () => {
  it('are all three files in an empty folder, each only if there is none', () => {
    expect(changesTo(files, new Map())).toEqual([files.components, files.sync, files.kustomization]);
  });

  it('are the files that differ, each only on top of what was read', () => {
    const present = new Map([
      [files.components.path, gitBlobId('components\n')],
      [files.sync.path, sha1],
      [files.kustomization.path, sha1],
    ]);

    expect(changesTo(files, present)).toEqual([{ ...files.sync, replacesBlob: sha1 }]);
  });

  it('are none when all is as it should be, in repositories of SHA-256 as well', () => {
    for (const format of ['sha1', 'sha256'] as const) {
      const present = new Map(
        [files.components, files.sync, files.kustomization].map(({ path, content }) => [
          path,
          gitBlobId(content, format),
        ]),
      );
      expect(changesTo(files, present), format).toEqual([]);
    }
  });
});

describe('files as they were written', () => {
  it.each([sha1, sha256])('are found again by their blobs (%s)', (example) => {
    const written = writtenFiles(files, example);
    const present = new Map(written.map(({ path, blob }) => [path, blob]));

    expect(written.map(({ blob }) => blob.length)).toEqual([example.length, example.length]);
    expect(isAsWritten(written, new Map([...present, ['a/other.yaml', 'x']]))).toBe(true);
    expect(isAsWritten(written, new Map([...present].slice(1)))).toBe(false);
    expect(isAsWritten(written, new Map([...present, [files.sync.path, example]]))).toBe(false);
  });
});

describe('removals', () => {
  const manifest = (type: `${string} ${string}`, name: string, namespace?: string) => {
    const [apiVersion, kind] = type.split(' ');
    const inside = namespace === undefined ? '' : `  namespace: ${namespace}\n`;
    return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${inside}`;
  };

  it('are the objects that the new files no longer hold', () => {
    const present = [manifest('apps/v1 Deployment', 'kept', 'flux-system'), manifest('v1 Namespace', 'gone')];

    expect(removalsBy(files, present)).toEqual({
      kind: 'known',
      objects: [{ apiVersion: 'v1', kind: 'Namespace', name: 'gone' }],
    });
  });

  it('are none where only the version of the group is another one', () => {
    expect(removalsBy(files, [manifest('apps/v1beta1 Deployment', 'kept', 'flux-system')])).toEqual({
      kind: 'known',
      objects: [],
    });
  });

  it('are an object of the same name in another namespace', () => {
    const removals = removalsBy(files, [manifest('apps/v1 Deployment', 'kept', 'other')]);

    expect(removals).toMatchObject({ objects: [{ namespace: 'other' }] });
  });

  it('are unknown where the files cannot be read', () => {
    expect(removalsBy(files, ['a: [b'])).toMatchObject({ kind: 'unreadable' });
    expect(removalsBy(files, ['a: b'])).toMatchObject({ kind: 'unreadable' });
  });

  it('are named as kubectl does', () => {
    expect(describeReference({ apiVersion: 'v1', kind: 'Secret', name: 'a', namespace: 'b' })).toBe('Secret b/a');
    expect(describeReference({ apiVersion: 'v1', kind: 'Namespace', name: 'a' })).toBe('Namespace a');
  });
});
