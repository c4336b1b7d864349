/** The contract of `KubernetesCluster` against the rig's real API server. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { kubernetesClusterContract } from '../contracts/kubernetes-cluster.contract.ts';
import { createClusterApi } from '../support/e2e/cluster-api.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';

const kubeconfigSchema = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) }),
  ]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});
const tokenSchema = z.object({ status: z.object({ token: z.string() }) });

const name = 'contract-weak';
const inDefault = '/namespaces/default';
const roles = `/apis/rbac.authorization.k8s.io/v1${inDefault}`;

kubernetesClusterContract('the real API server', async () => {
  const { kubeconfig } = sharedRig().env();
  const config = kubeconfigSchema.parse(JSON.parse(await readFile(kubeconfig, 'utf8')));
  const [{ cluster }] = config.clusters;
  const [{ user }] = config.users;
  const api = createClusterApi(kubeconfig);
  const weak = await makeWeakAccount(api);
  const tokens = { administrator: user.token, weak, stranger: 'nobody-knows-me' };
  return {
    endpoint: cluster.server,
    certificateAuthorityPem: Buffer.from(cluster['certificate-authority-data'], 'base64').toString(),
    token: async (who) => tokens[who],
    async close() {
      await api.call('DELETE', `${roles}/rolebindings/${name}`);
      await api.call('DELETE', `${roles}/roles/${name}`);
      await api.call('DELETE', `/api/v1${inDefault}/serviceaccounts/${name}`);
      api.close();
    },
  };
});

/** The token of a service account that may read ConfigMaps in `default`. */
async function makeWeakAccount(api: ReturnType<typeof createClusterApi>): Promise<string> {
  const metadata = { name };
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  const subjects = [{ kind: 'ServiceAccount', name, namespace: 'default' }];
  await api.call('POST', `/api/v1${inDefault}/serviceaccounts`, { body: { metadata } });
  await api.call('POST', `${roles}/roles`, { body: { metadata, rules } });
  await api.call('POST', `${roles}/rolebindings`, { body: { metadata, roleRef, subjects } });
  const { body } = await api.call('POST', `/api/v1${inDefault}/serviceaccounts/${name}/token`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  return tokenSchema.parse(body).status.token;
}
