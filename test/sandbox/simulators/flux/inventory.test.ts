import { expect, test } from 'vitest';
import { entryOf, inOrder, referenceOfEntry } from '../../../../sandbox/simulators/flux/inventory.ts';

test.each([
  [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } }, '_apps__Namespace'],
  [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'apps' } },
    'apps_web_apps_Deployment',
  ],
  [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'acme:viewer' } },
    '_acme__viewer_rbac.authorization.k8s.io_ClusterRole',
  ],
])('names an object so that it is found again: %#', (object, id) => {
  const entry = entryOf(object);

  expect(entry.id).toBe(id);
  const { apiVersion, kind, metadata } = object;
  expect(referenceOfEntry(entry)).toEqual({ apiVersion, kind, ...metadata });
});

/** Seen in the inventory of a real cluster. */
const real = [
  'apiextensions.k8s.io/v1 CustomResourceDefinition',
  'v1 Namespace',
  'rbac.authorization.k8s.io/v1 ClusterRole',
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding',
  'v1 ResourceQuota',
  'v1 ServiceAccount',
  'v1 Service',
  'apps/v1 Deployment',
  'kustomize.toolkit.fluxcd.io/v1 Kustomization',
  'networking.k8s.io/v1 NetworkPolicy',
  'source.toolkit.fluxcd.io/v1 GitRepository',
];

test('puts kinds into the order of the real controller', () => {
  const references = real.map((text) => {
    const [apiVersion = '', kind = ''] = text.split(' ');
    return { apiVersion, kind, name: 'a' };
  });

  expect(references.toReversed().sort(inOrder)).toEqual(references);
});
