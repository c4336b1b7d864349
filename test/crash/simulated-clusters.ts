/** Clusters with nodes and Flux, each behind its API server: what the product's own adapter talks to. */
import { fileURLToPath } from 'node:url';
import type { AwsWorld } from '../../sandbox/simulators/aws-world.ts';
import { createTokenAuthenticator } from '../../sandbox/simulators/eks/token-authenticator.ts';
import { createFluxSimulator, type FluxSimulator } from '../../sandbox/simulators/flux/flux-simulator.ts';
import { createKubernetesApi } from '../../sandbox/simulators/kubernetes/kubernetes-api.ts';
import { createKubernetesWorld, type KubernetesWorld } from '../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import { createServerCertificate } from '../../sandbox/simulators/kubernetes/server-certificate.ts';
import { createDirectoryDistributions } from '../../src/adapters/distribution-directory.ts';
import { field, fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import type { Distribution } from '../../src/ports/distributions.ts';
import type { GitHubSide } from './github-side.ts';
import { endpointOf, eksArnOf, type Effect, region, type SimulatedClusters, type Tenant } from './outside.ts';
import { kubernetesDispatcher } from './kubernetes-dispatcher.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface ClustersWorld {
  readonly aws: AwsWorld;
  readonly github: GitHubSide;
  readonly time: VirtualTime;
}

export interface Cluster {
  readonly kubernetes: KubernetesWorld;
  readonly flux: FluxSimulator;
  readonly api: ReturnType<typeof createKubernetesApi>;
}

const distributions = fileURLToPath(new URL('../../sandbox/distributions', import.meta.url));
/** From an event to the controllers' look at it, and from a pod's creation to its being ready. */
const latencyMs = 200;

export async function createSimulatedClusters(
  tenants: readonly Tenant[],
  world: ClustersWorld,
): Promise<SimulatedClusters> {
  const { certificate } = await createServerCertificate();
  const clusters = new Map(tenants.map((tenant) => [endpointOf(tenant), startCluster(tenant, world)]));
  for (const tenant of tenants) trustCertificate(world.aws, tenant, certificate);
  const of = (tenant: Tenant): Cluster => {
    const cluster = clusters.get(endpointOf(tenant));
    if (!cluster) throw new Error(`no cluster of ${tenant.customer}`);
    return cluster;
  };
  return {
    kind: 'simulated',
    distribution: await loadDistribution(),
    of,
    dispatcherOver: (wire) => kubernetesDispatcher(wire, (origin) => clusters.get(origin)?.api),
    replace(tenant) {
      of(tenant).flux.stop();
      clusters.set(endpointOf(tenant), startCluster(tenant, world));
      const arn = eksArnOf(tenant);
      const before = world.aws.clusters.get(arn);
      if (before) world.aws.clusters.set(arn, { ...before, createdAt: new Date('2026-05-06T07:08:09Z') });
    },
    effects: () => tenants.flatMap((tenant) => effectsOf(tenant, tenants, of(tenant).kubernetes)),
    holdings: (tenant) => holdingsOf(of(tenant).kubernetes),
  };
}

function startCluster(tenant: Tenant, { aws, github, time }: ClustersWorld): Cluster {
  const kubernetes = createKubernetesWorld({ now: time.now });
  const metadata = { name: 'theirs', namespace: 'default', annotations: { owner: tenant.customer } };
  const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: 'value' } };
  kubernetes.create(theirs, { fieldManager: 'theirs', by: tenant.customer });
  const { schedule } = time.forLife(() => false);
  const git = github.world.sshAccess();
  const cluster = { accountId: tenant.accountId, region, name: tenant.cluster };
  return {
    kubernetes,
    api: createKubernetesApi(kubernetes, { authenticate: createTokenAuthenticator({ aws, cluster }) }),
    flux: createFluxSimulator({ world: kubernetes, git, now: time.now, schedule, latencyMs }),
  };
}

/** The product trusts no API server without one, and here it never sees a connection. */
function trustCertificate({ clusters }: AwsWorld, tenant: Tenant, certificate: string): void {
  const arn = eksArnOf(tenant);
  const cluster = clusters.get(arn);
  const certificateAuthority = Buffer.from(certificate).toString('base64');
  if (cluster) clusters.set(arn, { ...cluster, certificateAuthority });
}

async function loadDistribution(): Promise<Distribution> {
  const { signal } = new AbortController();
  const loaded = await createDirectoryDistributions(distributions).load('2.9.2-sandbox.1', signal);
  if (loaded.kind !== 'loaded') throw new Error(loaded.detail);
  return loaded.distribution;
}

/** What was done by our role, whichever customer's. */
function effectsOf(tenant: Tenant, tenants: readonly Tenant[], { history }: KubernetesWorld): readonly Effect[] {
  return history.flatMap(({ action, by, target, detail }) => {
    const account = /^arn:aws:sts::(\d+):assumed-role\/fleet-api\//.exec(by)?.[1];
    if (account === undefined || detail['changed'] !== true) return [];
    const whose = { owner: tenant.customer, by: tenants.find(({ accountId }) => accountId === account)?.customer };
    return [{ system: 'kubernetes', action: action.replace(/^kubernetes:/, ''), ...whose, target } as const];
  });
}

function holdingsOf(kubernetes: KubernetesWorld) {
  const encoded = field(kubernetes.get(fluxReferences.secret), 'data', 'identity.pub');
  const foreign = kubernetes.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' });
  return {
    secretPublicKey: typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString().trim() : undefined,
    foreignObjects: new Map(foreign.map((one) => [`${one.kind} ${one.metadata.name}`, JSON.stringify(one)])),
  };
}
