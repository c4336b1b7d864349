import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { type Ground, placeOf } from './ground.ts';
import { withDefaults } from './object-defaults.ts';

const rbac = 'rbac.authorization.k8s.io';

/**
 * What every cluster has from its start, as far as anything here depends on it: the four namespaces, and of the default
 * roles ("Default roles and role bindings" in the documentation of RBAC) the administrator's and everybody's.
 */
export function seedObjects(ground: Ground): void {
  for (const object of [...namespaces(), ...roles()]) {
    const kind = ground.requireKind(object);
    const metadata = { ...object.metadata, uid: ground.newUid(), creationTimestamp: ground.time() };
    ground.store.put(placeOf(kind, metadata), withDefaults({ ...object, metadata }, kind));
  }
}

function namespaces(): readonly KubernetesObject[] {
  return ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
}

function roles(): readonly KubernetesObject[] {
  const everything = [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ];
  const open = ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/readyz', '/version', '/version/'];
  const reviews = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'];
  return [
    role('cluster-admin', everything),
    binding('cluster-admin', 'system:masters'),
    role('system:discovery', [{ nonResourceURLs: open, verbs: ['get'] }]),
    binding('system:discovery', 'system:authenticated'),
    role('system:basic-user', [{ apiGroups: ['authorization.k8s.io'], resources: reviews, verbs: ['create'] }]),
    binding('system:basic-user', 'system:authenticated'),
  ];
}

const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

function role(name: string, rules: readonly object[]): KubernetesObject {
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name, labels }, rules };
}

function binding(name: string, group: string): KubernetesObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: group }],
  };
}
