import { listen } from '../../sandbox/listen.ts';
import { createKubernetesApi } from '../../sandbox/simulators/kubernetes/kubernetes-api.ts';
import { createKubernetesWorld } from '../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import { createServerCertificate } from '../../sandbox/simulators/kubernetes/server-certificate.ts';
import { kubernetesClusterContract } from './kubernetes-cluster.contract.ts';
import { manager } from './kubernetes-cluster-world.ts';

const rbac = { group: 'rbac.authorization.k8s.io', version: 'rbac.authorization.k8s.io/v1' };
const callers = new Map([
  ['administrator', { username: 'admin', groups: ['system:masters'] }],
  ['weak', { username: 'weak', groups: [] }],
]);

kubernetesClusterContract('the simulator', async () => {
  const world = createKubernetesWorld();
  const metadata = { name: 'contract-weak', namespace: 'default' };
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  const by = { fieldManager: manager, by: 'owner' };
  world.create({ apiVersion: rbac.version, kind: 'Role', metadata, rules }, by);
  const roleRef = { apiGroup: rbac.group, kind: 'Role', name: metadata.name };
  const subjects = [{ apiGroup: rbac.group, kind: 'User', name: 'weak' }];
  world.create({ apiVersion: rbac.version, kind: 'RoleBinding', metadata, roleRef, subjects }, by);
  const api = createKubernetesApi(world, { authenticate: async (token) => callers.get(token) });
  const pair = await createServerCertificate();
  const served = await listen(api.fetch, 0, pair);
  return {
    endpoint: served.url,
    certificateAuthorityPem: pair.certificate,
    token: async (who) => who,
    close: () => served.close(),
  };
});
