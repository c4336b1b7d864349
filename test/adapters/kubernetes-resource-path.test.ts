import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectionPath, creationPath, objectPath } from '../../src/adapters/kubernetes-resource-path.ts';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', isNamespaced: true };
const namespace = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', isNamespaced: false };

describe('the path of an object', () => {
  it('holds group, version and namespace', () => {
    const path = objectPath(deployment, { name: 'source-controller', namespace: 'flux-system' });

    expect(path).toBe('/apis/apps/v1/namespaces/flux-system/deployments/source-controller');
  });

  it('has neither group nor namespace for a core kind that belongs to the cluster', () => {
    expect(objectPath(namespace, { name: 'flux-system' })).toBe('/api/v1/namespaces/flux-system');
    expect(objectPath(namespace, { name: 'one', namespace: 'ignored' })).toBe('/api/v1/namespaces/one');
  });

  it('needs the namespace of a namespaced kind', () => {
    expect(() => objectPath(deployment, { name: 'one' })).toThrow('no namespace is named');
    expect(() => creationPath(deployment)).toThrow('no namespace is named');
  });

  it('never leads elsewhere, whatever the name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const path = pathOrNothing(name);

        if (path !== undefined) {
          const prefix = '/apis/apps/v1/namespaces/flux-system/deployments/';
          const url = new URL(path, 'https://host');
          expect(url.pathname.startsWith(prefix)).toBe(true);
          expect(decodeURIComponent(url.pathname.slice(prefix.length))).toBe(name);
          expect(url.search).toBe('');
        }
      }),
    );
  });

  it.each(['', '.', '..'])('is refused for the name %j', (name) => {
    expect(pathOrNothing(name)).toBeUndefined();
    expect(() => collectionPath(deployment, name)).toThrow('is no name');
  });
});

describe('the path of a collection', () => {
  it('is that of one namespace, or of all', () => {
    expect(collectionPath(deployment, 'flux-system')).toBe('/apis/apps/v1/namespaces/flux-system/deployments');
    expect(collectionPath(deployment)).toBe('/apis/apps/v1/deployments');
    expect(collectionPath(namespace)).toBe('/api/v1/namespaces');
  });
});

function pathOrNothing(name: string): string | undefined {
  try {
    return objectPath(deployment, { name, namespace: 'flux-system' });
  } catch {
    return undefined;
  }
}
