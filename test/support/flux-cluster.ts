/** A simulated cluster with Flux in it, a Git server beside it, and a clock that a test moves on. */
import { createFluxSimulator, type FluxSimulator } from '../../sandbox/simulators/flux/flux-simulator.ts';
import { createKubernetesWorld, type KubernetesWorld } from '../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import type { KubernetesObject, ObjectReference } from '../../src/ports/kubernetes-cluster.ts';
import { conditionOf } from '../../src/flux-bootstrap/reconciled.ts';
import { fakeGitServer, fakeGitUrl, fakeIdentity, fakeKnownHosts, type FakeGitServer } from './fake-git-server.ts';

export interface FluxCluster {
  readonly world: KubernetesWorld;
  readonly flux: FluxSimulator;
  readonly git: FakeGitServer;
  readonly clock: { now: Date };
  apply(...objects: readonly object[]): void;
  /** Moves the clock on and lets the cluster come to rest. */
  pass(milliseconds: number): void;
  settle(): void;
  source(name?: string): KubernetesObject | undefined;
  sync(name?: string): KubernetesObject | undefined;
  /** `True Succeeded: stored …` of the object's condition. */
  said(object: KubernetesObject | undefined, type?: string): string | undefined;
  ask(reference: ObjectReference, at: string): void;
}

export const sourceReference = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  name: 'flux-system',
  namespace: 'flux-system',
};
export const syncReference = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  name: 'flux-system',
  namespace: 'flux-system',
};

export interface FluxClusterOptions {
  readonly brokenImages?: ReadonlySet<string>;
  readonly from?: unknown;
  readonly git?: FakeGitServer;
}

/** With Flux's controllers running, but nothing for them to do yet. */
export function fluxCluster(options: FluxClusterOptions = {}): FluxCluster {
  const clock = { now: new Date('2026-03-01T12:00:00Z') };
  const now = () => clock.now;
  const undone: (() => void)[] = [];
  const world = createKubernetesWorld({ now, from: options.from, later: (work) => void undone.push(work) });
  const git = options.git ?? fakeGitServer();
  const flux = createFluxSimulator({
    world,
    git,
    now,
    ...(options.brokenImages && { brokenImages: options.brokenImages }),
  });
  const cluster: FluxCluster = {
    ...{ world, flux, git, clock },
    apply(...objects) {
      for (const object of objects) {
        world.apply(object as KubernetesObject, { fieldManager: 'flux', by: 'test', force: true });
      }
      cluster.settle();
    },
    pass(milliseconds) {
      clock.now = new Date(clock.now.getTime() + milliseconds);
      cluster.settle();
    },
    settle() {
      do {
        for (const work of undone.splice(0)) work();
        flux.settle();
      } while (undone.length > 0);
    },
    source: (name = 'flux-system') => world.get({ ...sourceReference, name }),
    sync: (name = 'flux-system') => world.get({ ...syncReference, name }),
    said(object, type = 'Ready') {
      const condition = object && conditionOf(object, type);
      return condition && `${condition.status} ${condition.reason}: ${condition.message}`;
    },
    ask(reference, at) {
      world.patchMetadata(reference, { annotations: { 'reconcile.fluxcd.io/requestedAt': at } }, 'test');
      cluster.settle();
    },
  };
  if (options.from === undefined) {
    cluster.apply(...fluxObjects());
    cluster.apply(secret());
  }
  cluster.settle();
  return cluster;
}

/** Namespace, definitions, and the controllers with their accounts. */
function fluxObjects(): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } },
    definition('source.toolkit.fluxcd.io', 'GitRepository', 'gitrepositories'),
    definition('kustomize.toolkit.fluxcd.io', 'Kustomization', 'kustomizations'),
    ...['source-controller', 'kustomize-controller', 'helm-controller'].flatMap((name) => [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'flux-system' } },
      deployment(name),
    ]),
  ];
}

export function definition(group: string, kind: string, plural: string): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
}

export function deployment(name: string, image = `ghcr.io/fluxcd/${name}:v1.0.0`): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'flux-system' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { serviceAccountName: name, containers: [{ name: 'manager', image }] },
      },
    },
  };
}

export function secret(data: Readonly<Record<string, string>> = {}, name = 'flux-system'): object {
  const all = { identity: fakeIdentity, known_hosts: fakeKnownHosts, ...data };
  const encoded = Object.entries(all).filter(([, value]) => value !== '');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'flux-system' },
    data: Object.fromEntries(encoded.map(([field, value]) => [field, Buffer.from(value).toString('base64')])),
  };
}

export function gitRepository(spec: object = {}, name = 'flux-system'): object {
  const wanted = { interval: '1m0s', url: fakeGitUrl, ref: { branch: 'main' }, secretRef: { name: 'flux-system' } };
  return { ...plain(sourceReference), metadata: { name, namespace: 'flux-system' }, spec: { ...wanted, ...spec } };
}

export function kustomization(spec: object = {}, name = 'flux-system'): object {
  const sourceRef = { kind: 'GitRepository', name: 'flux-system' };
  const wanted = { interval: '10m0s', path: './cluster', prune: true, sourceRef };
  return { ...plain(syncReference), metadata: { name, namespace: 'flux-system' }, spec: { ...wanted, ...spec } };
}

function plain({ apiVersion, kind }: ObjectReference): object {
  return { apiVersion, kind };
}

/** A ConfigMap as YAML. */
export function configMap(name: string, namespace = 'default', annotations = ''): string {
  return [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    `  name: ${name}`,
    ...(namespace === '' ? [] : [`  namespace: ${namespace}`]),
    ...(annotations === '' ? [] : ['  annotations:', `    ${annotations}`]),
    'data:',
    `  name: ${name}`,
    '',
  ].join('\n');
}
