/** What the cluster itself says of Flux, without the product's help. */
import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { type ClusterApi, fluxPaths } from './cluster-api.ts';
import type { WorldCluster } from './world.ts';

export interface ReadyState {
  readonly isReady: boolean;
  readonly message: string;
  /** Of a GitRepository its artifact's, of a Kustomization the last one applied. */
  readonly revision: string;
}

export function readyState(object: KubernetesObject | undefined): ReadyState {
  const { conditions = [], artifact, lastAppliedRevision, observedGeneration } = statusOf(object);
  const ready = conditions.find(({ type }) => type === 'Ready');
  return {
    isReady: ready?.status === 'True' && observedGeneration === object?.metadata.generation,
    message: ready?.message ?? 'no condition Ready',
    revision: artifact?.revision ?? lastAppliedRevision ?? '',
  };
}

interface FluxStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  readonly artifact?: { readonly revision: string };
  readonly lastAppliedRevision?: string;
  readonly lastHandledReconcileAt?: string;
}

function statusOf(object: KubernetesObject | undefined): FluxStatus {
  return object?.['status'] ?? {};
}

/** Names of the Deployments in `flux-system` whose replicas are available. */
export async function availableControllers(api: ClusterApi): Promise<readonly string[]> {
  const deployments = await api.list(fluxPaths.deployments);
  return deployments
    .filter((deployment) => (deployment['status'] as { readonly availableReplicas?: number }).availableReplicas === 1)
    .map(({ metadata }) => metadata.name)
    .toSorted();
}

/** The node's own view: controllers with a process that answers `/readyz`. */
export async function runningControllers(cluster: WorldCluster): Promise<readonly string[]> {
  const answer = await fetch(`${cluster.nodeUrl}/controllers`, { signal: AbortSignal.timeout(30_000) });
  const controllers = (await answer.json()) as Readonly<
    Record<string, { readonly pid?: number; readonly isReady: boolean }>
  >;
  return Object.entries(controllers)
    .filter(([, { pid, isReady }]) => pid !== undefined && isReady)
    .map(([name]) => name)
    .toSorted();
}

/** Makes the controller look at the object now, as `flux reconcile` does; waits for nothing. */
export async function requestReconcile(api: ClusterApi, path: string): Promise<void> {
  const annotations = { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() };
  const { status } = await api.call('PATCH', path, { body: { metadata: { annotations } } });
  if (status !== 200) throw new Error(`PATCH ${path}: ${status}`);
}

/** Has the controller taken the last look that it was asked for? `undefined` where nobody asked. */
export function lastLook(object: KubernetesObject | undefined): { readonly isHandled: boolean | undefined } {
  const requestedAt = object?.metadata.annotations?.['reconcile.fluxcd.io/requestedAt'];
  return { isHandled: requestedAt === undefined ? undefined : statusOf(object).lastHandledReconcileAt === requestedAt };
}

/** A value of a ConfigMap or a Secret, decoded. */
export function dataOf(object: KubernetesObject | undefined, key: string): string {
  const value = (object?.['data'] as Readonly<Record<string, string>> | undefined)?.[key] ?? '';
  return object?.kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value;
}

/** The four that `flux install` brings. */
export const defaultControllers = [
  'helm-controller',
  'kustomize-controller',
  'notification-controller',
  'source-controller',
] as const;
