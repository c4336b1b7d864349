import { describe, expect, it } from 'vitest';

import {
  ManifestError,
  objectKey,
  parseDocuments,
  parseManifests,
  removedObjects,
} from '../../src/flux-bootstrap/components-manifests.ts';

const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: apps\n';
const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: apps\n';

describe('parseManifests', () => {
  it('reads every document and passes over empty ones', () => {
    const objects = parseManifests(`# header\n---\n${configMap}---\n# only a comment\n--- # next\r\n${namespace}---\n`);

    expect(objects.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Namespace']);
  });

  it('does not take a line inside a value for the end of a document', () => {
    const [object] = parseManifests(`${configMap}data:\n  notes: |\n    one\n    ---\n    two\n`);

    expect(object?.['data']).toEqual({ notes: 'one\n---\ntwo\n' });
  });

  // The values are what sigs.k8s.io/yaml reads.
  it.each([
    ['on', true],
    ['y', true],
    ['0644', 420],
    ['1e3', 1000],
    ['.5', 0.5],
    ['e5', 'e5'],
    ['.', '.'],
    ['1:30', '1:30'],
    ['2026-01-02', '2026-01-02'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
    ['"on"', 'on'],
    ['~', null],
  ])('reads %s as Kubernetes does', (written, read) => {
    const [object] = parseManifests(`${configMap}value: ${written}\n`);

    expect(object?.['value']).toEqual(read);
  });

  it.each([
    ['not YAML', 'a: [', 'not YAML'],
    ['a list', '- a\n', 'not a Kubernetes object: - a'],
    ['an object without a name', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n', 'not a Kubernetes object'],
    ['two documents where one should be', `${configMap}--- {a: b}\n`, 'not YAML'],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseManifests(text)).toThrow(ManifestError);
    expect(() => parseManifests(text)).toThrow(message);
  });
});

describe('parseDocuments', () => {
  it('gives the text of each key, and all of them together are the document', () => {
    const text = `${configMap}data:\n  a: "1"\nlist:\n- a\n- b: c\n`;

    const [document] = parseDocuments(text);

    expect([...(document?.lines.values() ?? [])].join('')).toBe(text);
    expect(document?.lines.get('list')).toBe('list:\n- a\n- b: c\n');
  });

  it.each([
    '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}\n',
    `${configMap}"data":\n  a: b\n`,
  ])('gives no text where lines do not begin with all of the keys', (text) => {
    const [document] = parseDocuments(text);

    expect(document?.object.metadata.name).toBe('settings');
    expect(document?.lines.size).toBe(0);
  });
});

describe('objectKey', () => {
  it('names group, kind, namespace and name, for objects and references alike', () => {
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'flux-system', name: 'helm-controller' };
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } };

    expect(objectKey(reference)).toBe('apps/Deployment/flux-system/helm-controller');
    expect(objectKey(object)).toBe('/Namespace//apps');
  });

  it('is the same in another version of the group', () => {
    const reference = { kind: 'GitRepository', namespace: 'a', name: 'b' };

    expect(objectKey({ ...reference, apiVersion: 'source.toolkit.fluxcd.io/v1' })).toBe(
      objectKey({ ...reference, apiVersion: 'source.toolkit.fluxcd.io/v1beta2' }),
    );
  });
});

describe('removedObjects', () => {
  it('names what the new objects no longer hold, as references', () => {
    const removed = removedObjects(`${configMap}data:\n  a: b\n---\n${namespace}`, parseManifests(namespace));

    expect(removed).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'settings' }]);
  });

  it('names nothing when all are kept, whatever else changed in them', () => {
    expect(removedObjects(`${configMap}data:\n  a: b\n`, parseManifests(configMap))).toEqual([]);
  });

  it('reads files that somebody wrote in another form', () => {
    const json = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "apps"}}';

    expect(removedObjects(json, [])).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'settings' },
    ]);
  });

  it('refuses a file that it cannot read, instead of finding nothing in it', () => {
    expect(() => removedObjects('apiVersion: v1\nkind: [\nmetadata:\n  name: x\n', [])).toThrow(ManifestError);
  });
});
