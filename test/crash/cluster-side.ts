/** Clusters as the product meets them: the real adapter over simulated API servers, in which nodes and Flux work. */
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { AwsWorld } from '../../sandbox/simulators/aws-world.ts';
import { createTokenAuthenticator } from '../../sandbox/simulators/eks/token-authenticator.ts';
import { createFluxSimulator, type FluxSimulator } from '../../sandbox/simulators/flux/flux-simulator.ts';
import type { GitServer } from '../../sandbox/simulators/flux/git-server.ts';
import { stringAt } from '../../sandbox/simulators/kubernetes/json.ts';
import { createKubernetesApi } from '../../sandbox/simulators/kubernetes/kubernetes-api.ts';
import { createKubernetesWorld, type KubernetesWorld } from '../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import { createServerCertificate } from '../../sandbox/simulators/kubernetes/server-certificate.ts';
import { createDirectoryDistributions } from '../../src/adapters/distribution-directory.ts';
import type { KubernetesDispatcherOf } from '../../src/adapters/kubernetes-transport.ts';
import { fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import type { Distribution } from '../../src/ports/distributions.ts';
import { type ApiServer, kubernetesDispatcher } from './kubernetes-wire.ts';
import { type Effect, eksArnOf, endpointOf, type Holdings, region, type Tenant } from './outside.ts';
import { foreignFieldsIn, foreignObjectsIn, settleIn, writtenIn } from './somebody.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Wire } from './wire.ts';

export interface ClusterSide {
  /** Through the wire of one life. */
  dispatcherOver(wire: Wire): KubernetesDispatcherOf;
  of(tenant: Tenant): Pick<Cluster, 'kubernetes' | 'flux'>;
  /** Another cluster under the same name and address. */
  replace(tenant: Tenant): void;
  /** What the product renders. */
  readonly distribution: Distribution;
  effects(): readonly Effect[];
  /** Each token that was shown at the API server's door, and whom it let in for it; nobody: an empty name. */
  visitors(tenant: Tenant): ReadonlyMap<string, string>;
  holdings(tenant: Tenant): Pick<Holdings, 'secretPublicKey' | 'otherObjects' | 'foreignObjects' | 'foreignFields'>;
  snapshot(): ClustersSnapshot;
}

/** By endpoint. */
export type ClustersSnapshot = ReadonlyMap<
  string,
  { readonly kubernetes: unknown; readonly visitors: ReadonlyMap<string, string> }
>;

interface ClusterSideOptions {
  readonly tenants: readonly Tenant[];
  readonly aws: AwsWorld;
  readonly git: GitServer;
  readonly time: VirtualTime;
  readonly from?: ClustersSnapshot | undefined;
}

/** Turns of the event loop, of which a call takes two or three. */
const momentTurns = 12;

// Once for all runs.
const { certificate } = await createServerCertificate();
const distribution = await loadDistribution();
/** As EKS describes it; the product trusts no API server without one, and here it never sees a connection. */
export const certificateAuthority = Buffer.from(certificate).toString('base64');

async function loadDistribution(): Promise<Distribution> {
  const root = join(import.meta.dirname, '../../sandbox/distributions');
  const loaded = await createDirectoryDistributions(root).load('2.9.2-sandbox.1', new AbortController().signal);
  if (loaded.kind !== 'loaded') throw new Error(loaded.detail);
  return loaded.distribution;
}

export function createClusterSide(options: ClusterSideOptions): ClusterSide {
  const { tenants, aws, from } = options;
  const clusters = new Map(tenants.map((tenant) => [endpointOf(tenant), startCluster(tenant, options)]));
  const at = (endpoint: string): Cluster => {
    const cluster = clusters.get(endpoint);
    if (!cluster) throw new Error(`nobody listens at ${endpoint}`);
    return cluster;
  };
  const of = (tenant: Tenant): Cluster => at(endpointOf(tenant));
  if (!from) for (const tenant of tenants) settleIn(of(tenant).kubernetes, tenant);
  return {
    of,
    distribution,
    dispatcherOver: (wire) => kubernetesDispatcher(wire, (origin) => at(origin).api),
    replace(tenant) {
      of(tenant).flux.stop();
      clusters.set(endpointOf(tenant), startCluster(tenant, { ...options, from: undefined }));
      settleIn(of(tenant).kubernetes, tenant);
      const before = aws.clusters.get(eksArnOf(tenant));
      if (before) aws.clusters.set(eksArnOf(tenant), { ...before, createdAt: new Date('2026-05-06T07:08:09Z') });
    },
    effects: () => tenants.flatMap((tenant) => effectsOf(of(tenant).kubernetes, tenant, tenants)),
    holdings: (tenant) => holdingsOf(of(tenant).kubernetes),
    visitors: (tenant) => of(tenant).visitors,
    snapshot: () => new Map([...clusters].map(([endpoint, cluster]) => [endpoint, snapshotOf(cluster)])),
  };
}

interface Cluster {
  readonly kubernetes: KubernetesWorld;
  readonly flux: FluxSimulator;
  readonly api: ApiServer;
  readonly visitors: Map<string, string>;
}

function snapshotOf({ kubernetes, visitors }: Cluster) {
  return { kubernetes: kubernetes.snapshot(), visitors: new Map(visitors) };
}

function startCluster(tenant: Tenant, { aws, git, time, from }: ClusterSideOptions): Cluster {
  const { accountId, cluster: name } = tenant;
  const { now } = time;
  const { schedule } = time.forLife(() => false);
  const before = from?.get(endpointOf(tenant));
  const visitors = new Map(before?.visitors);
  const kubernetes = createKubernetesWorld({
    now,
    from: before?.kubernetes,
    // What the API server does by itself comes so late that whoever looks at once does not see it yet.
    async later(work) {
      for (let turns = 0; turns < momentTurns; turns += 1) await turn();
      work();
      cluster.flux.settle();
    },
  });
  const known = createTokenAuthenticator({ aws, cluster: { accountId, region, name } });
  const api = createKubernetesApi(kubernetes, {
    async authenticate(token) {
      const user = await known(token);
      visitors.set(token, user?.username ?? '');
      return user;
    },
  });
  let flux: FluxSimulator | undefined;
  const cluster: Cluster = {
    ...{ kubernetes, visitors },
    // Nothing runs in it before somebody looks: most worlds are made for a few calls.
    get flux() {
      flux ??= createFluxSimulator({ world: kubernetes, git, now, schedule, latencyMs: 0 });
      return flux;
    },
    api: {
      /** All that runs in the cluster has always done what it has to do by then. */
      async fetch(request) {
        cluster.flux.settle();
        const answer = await api.fetch(request);
        cluster.flux.settle();
        return answer;
      },
    },
  };
  return cluster;
}

/** Of all writes, those of whoever came with an AWS role. */
function effectsOf(world: KubernetesWorld, { customer }: Tenant, tenants: readonly Tenant[]): readonly Effect[] {
  return world.history
    .filter(({ by, detail }) => by.startsWith('arn:') && detail['changed'] === true)
    .map(({ action, by, target }) => ({
      system: 'kubernetes' as const,
      action: action.replace('kubernetes:', ''),
      owner: customer,
      by: tenants.find(({ accountId }) => accountId === by.split(':')[4])?.customer ?? by,
      target,
    }));
}

function holdingsOf(
  world: KubernetesWorld,
): Pick<Holdings, 'secretPublicKey' | 'otherObjects' | 'foreignObjects' | 'foreignFields'> {
  const encoded = stringAt(world.get(fluxReferences.secret)?.['data'], 'identity.pub');
  return {
    secretPublicKey: encoded === '' ? undefined : Buffer.from(encoded, 'base64').toString().trim(),
    otherObjects: JSON.stringify(writtenIn(world).filter(({ kind }) => kind !== 'Secret')),
    foreignObjects: foreignObjectsIn(world),
    foreignFields: foreignFieldsIn(world),
  };
}
