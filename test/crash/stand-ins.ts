/** Clusters as the other tests have them, with a history: they keep the port's promises, in memory. */
import { OutsideCallError, type OutsideSystem } from '../../src/errors.ts';
import { fluxReferences, field } from '../../src/flux-bootstrap/live-flux.ts';
import type { KubernetesCluster } from '../../src/ports/kubernetes-cluster.ts';
import { ConnectionReset } from '../../sandbox/simulators/faults.ts';
import { fluxDistribution, type FluxSource, runFlux, runNode } from '../support/fake-flux.ts';
import { type FakeKubernetes, fakeKubernetes } from '../support/fake-kubernetes.ts';
import type { ClustersSnapshot, Effect, Holdings, StandInClusters, Tenant } from './outside.ts';
import type { Call, Wire } from './wire.ts';

interface ClustersOptions {
  readonly source: FluxSource;
  readonly onWaited: (seconds: number) => void;
  readonly from?: ClustersSnapshot | undefined;
}

const distribution = fluxDistribution();

export function createStandIns(
  tenants: readonly Tenant[],
  { source, onWaited, from }: ClustersOptions,
): StandInClusters {
  const effects: Effect[] = [...(from?.effects ?? [])];
  const clusters = new Map(tenants.map((tenant) => [tenant.accountId, clusterOf(tenant, source, onWaited)]));
  for (const [accountId, objects] of from?.objects ?? []) clusters.get(accountId)?.restore(objects);
  const customerOf = (accountId: string) => tenants.find((tenant) => tenant.accountId === accountId)?.customer ?? '?';
  return {
    kind: 'stand-in',
    distribution,
    effects: () => effects,
    snapshot: () => ({
      effects: [...effects],
      objects: new Map([...clusters].map(([accountId, kubernetes]) => [accountId, kubernetes.all()])),
    }),
    holdings: ({ accountId }) => holdingsOf(clusters.get(accountId)),
    connect(wire, target) {
      const kubernetes = clusters.get(target.accountId);
      if (!kubernetes) throw new Error(`no cluster in ${target.accountId}`);
      const owner = customerOf(target.accountId);
      const by = customerOf(target.roleArn.split(':')[4] ?? '');
      return gated<KubernetesCluster>(recordedKubernetes(kubernetes, { owner, by, effects }), {
        ...{ wire, system: 'kubernetes', prefix: 'kubernetes' },
        writes: new Set(['apply', 'create', 'patch', 'delete']),
      });
    },
  };
}

function clusterOf(tenant: Tenant, git: FluxSource, onWaited: (seconds: number) => void): FakeKubernetes {
  const kubernetes = fakeKubernetes();
  kubernetes.onWaited = onWaited;
  runNode(kubernetes);
  runFlux(kubernetes, git, tenant.repository);
  kubernetes.set({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'theirs', namespace: 'default', annotations: { owner: tenant.customer } },
    data: { key: 'value' },
  });
  return kubernetes;
}

interface Gate {
  readonly wire: Wire;
  readonly system: OutsideSystem;
  readonly prefix: string;
  readonly writes: ReadonlySet<string>;
}

/** Answers at once, without a call. */
const local: ReadonlySet<string> = new Set(['close']);

function gated<T extends object>(port: T, { wire, system, prefix, writes }: Gate): T {
  return new Proxy(port, {
    get(target, key: keyof T & string) {
      const method = target[key];
      if (typeof method !== 'function' || local.has(key)) return method;
      return async (...parameters: readonly unknown[]): Promise<unknown> => {
        const call: Call = { name: `${prefix} ${key}${shown(parameters[0])}`, hasEffect: writes.has(key) };
        try {
          return await wire.pass(call, async () => Reflect.apply(method, target, parameters) as unknown);
        } catch (error) {
          if (!(error instanceof ConnectionReset)) throw error;
          throw new OutsideCallError({ system, failure: 'unreachable', attempted: call.name, answer: error.message });
        }
      };
    },
  });
}

interface Subject {
  readonly kind?: string;
  readonly name?: string;
  readonly metadata?: { readonly name?: string };
  readonly reference?: Subject;
}

/** The object that a call is about, where it is one. */
function shown(subject: unknown): string {
  if (typeof subject !== 'object' || subject === null) return '';
  const { reference, ...own }: Subject = subject;
  const { kind, name, metadata } = reference ?? own;
  return kind === undefined ? '' : ` ${kind} ${metadata?.name ?? name ?? ''}`.trimEnd();
}

function recordedKubernetes(
  kubernetes: FakeKubernetes,
  { owner, by, effects }: { readonly owner: string; readonly by: string; readonly effects: Effect[] },
): KubernetesCluster {
  return new Proxy(kubernetes.connect(), {
    get(target, key: keyof KubernetesCluster) {
      const method = target[key];
      if (typeof method !== 'function') return method;
      return async (...parameters: readonly unknown[]): Promise<unknown> => {
        const before = kubernetes.writes.length;
        const answer: unknown = await Reflect.apply(method, target, parameters);
        for (const write of kubernetes.writes.slice(before)) {
          const [action = '', ...rest] = write.split(' ');
          effects.push({ system: 'kubernetes', action, owner, by, target: rest.join(' ') });
        }
        return answer;
      };
    },
  });
}

function holdingsOf(kubernetes: FakeKubernetes | undefined): Pick<Holdings, 'secretPublicKey' | 'foreignObjects'> {
  const encoded = field(kubernetes?.find(fluxReferences.secret), 'data', 'identity.pub');
  const foreign = (kubernetes?.all() ?? []).filter(({ metadata }) => metadata.annotations?.['owner'] !== undefined);
  return {
    secretPublicKey: typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString().trim() : undefined,
    foreignObjects: new Map(
      foreign.map((object) => [`${object.kind} ${object.metadata.name}`, JSON.stringify(object)]),
    ),
  };
}
