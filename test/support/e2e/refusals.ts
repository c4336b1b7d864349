/** The states in which a bootstrap has to be refused: how each comes about, and how it is undone. */
import { mintEksToken } from '../../../src/adapters/eks-token.ts';
import { generateKeyPair } from '../../../src/adapters/ssh-key-pairs.ts';
import { botName } from '../../rig/example.ts';
import { customerRoleName } from '../../../sandbox/example.ts';
import { fluxPaths } from './cluster-api.ts';
import { createFluxNamespace, createFluxSecret, installFluxDefinitions, installForeignSync } from './foreign-flux.ts';
import { assumeCustomerRole } from './token.ts';
import { waitFor } from './wait-for.ts';
import type { World, WorldCluster } from './world.ts';

type Undo = () => Promise<void>;

export interface RefusalCase {
  readonly title: string;
  readonly code: string;
  /** What the caller has to be told of the cause. */
  readonly says: RegExp;
  /** Brings the state about; answers how to undo it. */
  readonly arrange: (world: World, cluster: WorldCluster) => Promise<Undo>;
  /** Only the API server knows, so our own access entry is made before it is asked (design §6.1). */
  readonly mayMakeAccessEntry?: true;
}

export const refusalCases: readonly RefusalCase[] = [
  {
    title: 'a role that cannot be assumed',
    code: 'role-not-assumable',
    says: /role\/fleet-api cannot be assumed/,
    async arrange({ aws, rig, accountId, externalId }) {
      const trusts = rig.env().rig.product.arn;
      await aws.putRole({ accountId, trusts });
      return () => aws.putRole({ accountId, trusts, externalId });
    },
  },
  {
    title: 'a cluster that EKS does not know',
    code: 'cluster-not-found',
    says: /EKS knows no cluster production-/,
    async arrange({ aws }, { address }) {
      const { accessEntries: _entries, ...view } = await aws.cluster(address);
      await aws.removeCluster(address);
      return () => aws.putCluster(address, settableOf(view));
    },
  },
  {
    title: 'a cluster that is not active',
    code: 'cluster-not-active',
    says: /is CREATING/,
    arrange: (world, cluster) =>
      patchEks(world, cluster, { status: 'CREATING', endpoint: null, certificateAuthority: null }),
  },
  {
    title: 'a cluster with a private endpoint only',
    code: 'endpoint-private',
    says: /private endpoint only/,
    arrange: (world, cluster) => patchEks(world, cluster, { endpointPublicAccess: false, endpointPrivateAccess: true }),
  },
  {
    title: 'an API server that cannot be reached',
    code: 'api-server-unreachable',
    says: /unreachable/,
    arrange: (world, cluster) => patchEks(world, cluster, { endpoint: 'https://127.0.0.1:1' }),
    mayMakeAccessEntry: true,
  },
  {
    title: 'a repository that is not there',
    code: 'repository-not-found',
    says: /There is no repository .*\/nowhere/,
    arrange: (world) => putRepository(world, { name: 'nowhere' }),
  },
  {
    title: 'a repository that we may not see',
    code: 'repository-not-found',
    says: /or we may not see it/,
    async arrange({ repository }) {
      await repository.call('DELETE', `/collaborators/${botName}`);
      return () => permit(repository, 'admin');
    },
  },
  {
    title: 'a branch that is not there',
    code: 'branch-not-found',
    says: /has no branch nowhere/,
    arrange: (world) => putRepository(world, { branch: 'nowhere' }),
  },
  {
    title: 'no right to push',
    code: 'push-not-allowed',
    says: /may not push/,
    async arrange({ repository }) {
      await permit(repository, 'read');
      return () => permit(repository, 'admin');
    },
  },
  {
    title: 'a protected branch',
    code: 'branch-protected',
    says: /rule of the branch main refuses/,
    async arrange({ repository }) {
      await repository.call('POST', '/branch_protections', { rule_name: 'main', enable_push: false });
      return async () => void (await repository.call('DELETE', '/branch_protections/main'));
    },
  },
  {
    title: 'a role without an access entry, where the customer gives access',
    code: 'access-entry-missing',
    says: /does not know our role/,
    arrange: (world, cluster) => letCustomerGiveAccess(world, cluster, { groups: undefined, statusOfToken: 401 }),
  },
  {
    title: 'an access entry without cluster-admin',
    code: 'not-cluster-admin',
    says: /not as a cluster administrator/,
    arrange: (world, cluster) => letCustomerGiveAccess(world, cluster, { groups: ['viewers'], statusOfToken: 201 }),
  },
  {
    title: 'a Secret with other credentials',
    code: 'secret-not-ours',
    says: /other credentials/,
    mayMakeAccessEntry: true,
    async arrange(_world, cluster) {
      await createFluxSecret(cluster, { username: 'somebody', password: 'of somebody' });
      return async () => void (await cluster.api.call('DELETE', fluxPaths.secret));
    },
  },
  {
    title: 'a Secret with a key that may write',
    code: 'secret-not-ours',
    says: /may write/,
    mayMakeAccessEntry: true,
    async arrange({ repository }, cluster) {
      const { privateKeyPem, publicKey } = generateKeyPair();
      await createFluxSecret(cluster, { identity: privateKeyPem, 'identity.pub': publicKey, known_hosts: '' });
      await repository.addKey('a key that may write', publicKey, false);
      return async () => {
        await cluster.api.call('DELETE', fluxPaths.secret);
        for (const { id } of await repository.keys()) await repository.removeKey(id);
      };
    },
  },
  {
    title: 'a foreign Flux that reads another path',
    code: 'flux-path-conflict',
    says: /reads \.\/clusters\/elsewhere/,
    mayMakeAccessEntry: true,
    async arrange(world, cluster) {
      await createFluxNamespace(cluster);
      await installFluxDefinitions(world, cluster);
      return installForeignSync(cluster, { url: world.repository.sshUrl, path: './clusters/elsewhere' });
    },
  },
  {
    title: 'a foreign Flux that reads another repository',
    code: 'flux-owned-by-another',
    says: /reads ssh:\/\/git@git\.example\.com\/other/,
    mayMakeAccessEntry: true,
    async arrange(world, cluster) {
      await createFluxNamespace(cluster);
      await installFluxDefinitions(world, cluster);
      const url = 'ssh://git@git.example.com/other/infrastructure.git';
      return installForeignSync(cluster, { url, path: `./flux/clusters/${cluster.id}` });
    },
  },
  {
    title: 'a sync that somebody suspended',
    code: 'flux-suspended',
    says: /suspended/,
    mayMakeAccessEntry: true,
    async arrange(world, cluster) {
      await createFluxNamespace(cluster);
      await installFluxDefinitions(world, cluster);
      const path = `./flux/clusters/${cluster.id}`;
      const undo = await installForeignSync(cluster, { url: world.repository.sshUrl, path });
      await cluster.api.call('PATCH', fluxPaths.sync, { body: { spec: { suspend: true } } });
      return undo;
    },
  },
];

async function patchEks({ aws }: World, { address }: WorldCluster, part: object): Promise<Undo> {
  const before = settableOf(await aws.cluster(address));
  await aws.patchCluster(address, part);
  return () => aws.patchCluster(address, before);
}

/** What a view of a cluster has that can be written back. */
function settableOf(view: object): object {
  const settable = new Set([
    ...['version', 'status', 'endpoint', 'certificateAuthority', 'createdAt'],
    ...['endpointPublicAccess', 'endpointPrivateAccess', 'authenticationMode'],
  ]);
  return Object.fromEntries(Object.entries(view).filter(([name]) => settable.has(name)));
}

async function putRepository({ fleet, customerPath, customerSpec }: World, part: object): Promise<Undo> {
  await fleet.put(customerPath, { ...customerSpec, repository: { ...customerSpec.repository, ...part } });
  return async () => void (await fleet.put(customerPath, customerSpec));
}

async function permit({ call }: World['repository'], permission: 'admin' | 'read'): Promise<void> {
  await call('PUT', `/collaborators/${botName}`, { permission });
}

/** `access: customer` with an access entry of these groups, or without one. */
async function letCustomerGiveAccess(
  world: World,
  cluster: WorldCluster,
  { groups, statusOfToken }: { readonly groups: readonly string[] | undefined; readonly statusOfToken: number },
): Promise<Undo> {
  const { aws, fleet, accountId } = world;
  const principalArn = `arn:aws:iam::${accountId}:role/${customerRoleName}`;
  await aws.putAccessEntries(cluster.address, groups ? [{ principalArn, kubernetesGroups: groups }] : []);
  await fleet.put(cluster.path, { ...cluster.spec, access: 'customer' });
  await waitFor('the cluster treats the role so', async () => (await statusFor(world, cluster)) === statusOfToken);
  return async () => {
    await aws.putAccessEntries(cluster.address, []);
    await fleet.put(cluster.path, cluster.spec);
  };
}

/** What the API server answers to a token of the role that it has not seen before. */
async function statusFor(world: World, cluster: WorldCluster): Promise<number> {
  const { region, name } = cluster.address;
  const { token } = await mintEksToken({
    credentials: await assumeCustomerRole(world),
    region,
    eksName: name,
    now: new Date(),
  });
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  return (await cluster.api.call('POST', path, { token, body: review })).status;
}
