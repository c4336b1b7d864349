/** What runs in a cluster with Flux, as far as a bootstrap can see it. */
import { fluxReferences, field } from '../../src/flux-bootstrap/live-flux.ts';
import type { Distribution } from '../../src/ports/distributions.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import type { RepositoryAddress } from '../../src/ports/git-host.ts';
import type { FakeKubernetes } from './fake-kubernetes.ts';
import { smallDistribution, smallDistributionFiles } from './small-distribution.ts';

/** The small distribution with the definitions that a bootstrap asks for. */
export function fluxDistribution(): Distribution {
  const files = smallDistributionFiles();
  add(files, 'source-controller.yaml', definition('gitrepositories.source.toolkit.fluxcd.io'));
  add(files, 'kustomize-controller.yaml', definition('kustomizations.kustomize.toolkit.fluxcd.io'));
  return { ...smallDistribution(), files };
}

function add(files: Map<string, string>, name: string, document: string): void {
  files.set(name, `${files.get(name) ?? ''}---\n${document}`);
}

function definition(name: string): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${name}
spec:
  scope: Namespaced
`;
}

/** Establishes definitions at once and starts every Deployment. */
export function runNode(kubernetes: FakeKubernetes): void {
  kubernetes.controllers.push(() =>
    kubernetes
      .all()
      .map((object) => startObject(kubernetes, object))
      .includes(true),
  );
}

function startObject(kubernetes: FakeKubernetes, object: KubernetesObject): boolean {
  const { kind, metadata } = object;
  if (kind === 'CustomResourceDefinition') {
    return kubernetes.setStatus({ kind, ...metadata }, { conditions: [{ type: 'Established', status: 'True' }] });
  }
  if (kind !== 'Deployment') return false;
  const observedGeneration = metadata.generation;
  return kubernetes.setStatus({ kind, ...metadata }, { observedGeneration, updatedReplicas: 1, availableReplicas: 1 });
}

/** As much of a Git host as Flux sees. */
export interface FluxSource {
  sshUrl(address: RepositoryAddress): string;
  repository(address: RepositoryAddress): {
    readonly deployKeys: readonly { readonly publicKey: string }[];
    readonly branches: ReadonlyMap<string, readonly { readonly id: string }[]>;
  };
}

/** source-controller and kustomize-controller: they read the repository if their Secret's key may. */
export function runFlux(kubernetes: FakeKubernetes, git: FluxSource, address: RepositoryAddress): void {
  kubernetes.controllers.push(() => [pull(kubernetes, git, address), applyFromGit(kubernetes)].includes(true));
}

function pull(kubernetes: FakeKubernetes, git: FluxSource, address: RepositoryAddress): boolean {
  const source = kubernetes.find(fluxReferences.source);
  if (!source || !runs(kubernetes, 'source-controller')) return false;
  const handled = handledOf(source);
  const url = field(source, 'spec', 'url');
  const encoded = field(kubernetes.find(fluxReferences.secret), 'data', 'identity.pub');
  const publicKey = typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString().trim() : '';
  const mayRead = git.repository(address).deployKeys.some((key) => key.publicKey === publicKey);
  const commit = git.repository(address).branches.get('main')?.at(-1)?.id;
  if (url !== git.sshUrl(address) || !mayRead) {
    return kubernetes.setStatus(fluxReferences.source, {
      ...handled,
      conditions: [{ type: 'Ready', status: 'False', reason: 'GitOperationFailed', message: 'unable to authenticate' }],
    });
  }
  const artifact = { revision: `main@sha1:${commit}` };
  return kubernetes.setStatus(fluxReferences.source, { ...handled, conditions: [ready], artifact });
}

const ready = { type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: 'done' };

function applyFromGit(kubernetes: FakeKubernetes): boolean {
  const sync = kubernetes.find(fluxReferences.sync);
  const revision = field(kubernetes.find(fluxReferences.source), 'status', 'artifact', 'revision');
  if (!sync || typeof revision !== 'string' || !runs(kubernetes, 'kustomize-controller')) return false;
  const handled = handledOf(sync);
  const crd = kubernetes.find(fluxReferences.crd);
  if (crd) {
    kubernetes.set({ ...crd, metadata: { ...crd.metadata, labels: { ...crd.metadata.labels, ...appliedLabels } } });
  }
  return kubernetes.setStatus(fluxReferences.sync, { ...handled, conditions: [ready], lastAppliedRevision: revision });
}

const appliedLabels = {
  'kustomize.toolkit.fluxcd.io/name': 'flux-system',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
};

function runs(kubernetes: FakeKubernetes, name: string): boolean {
  const deployment = kubernetes.find({ kind: 'Deployment', name, namespace: 'flux-system' });
  return field(deployment, 'status', 'availableReplicas') === 1;
}

/** A controller that has looked says so. */
function handledOf({ metadata }: KubernetesObject): object {
  const lastHandledReconcileAt = metadata.annotations?.['reconcile.fluxcd.io/requestedAt'];
  return { observedGeneration: metadata.generation, lastHandledReconcileAt };
}
