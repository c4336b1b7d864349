import type { KubernetesCluster, KubernetesObject } from '../ports/kubernetes-cluster.ts';
import { fluxNamespace } from './flux-options.ts';
import { field, fluxReferences, liveFluxOf } from './live-flux.ts';
import type { FluxObjects, LiveFlux } from './live-flux.ts';

export async function readLiveFlux(kubernetes: Pick<KubernetesCluster, 'get'>, signal: AbortSignal): Promise<LiveFlux> {
  return liveFluxOf(await readFluxObjects(kubernetes, signal));
}

export async function readFluxObjects(
  kubernetes: Pick<KubernetesCluster, 'get'>,
  signal: AbortSignal,
): Promise<FluxObjects> {
  const [crd, source, sync, secret, namespace] = await Promise.all([
    kubernetes.get(fluxReferences.crd, signal),
    kubernetes.get(fluxReferences.source, signal),
    kubernetes.get(fluxReferences.sync, signal),
    kubernetes.get(fluxReferences.secret, signal),
    kubernetes.get(fluxReferences.namespace, signal),
  ]);
  return { crd, source, sync, secret, namespace };
}

/** Names of the Deployments that are not there, or not available as they are declared now. */
export async function unavailableDeployments(
  kubernetes: Pick<KubernetesCluster, 'list'>,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const deployments = await kubernetes.list(
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace: fluxNamespace },
    signal,
  );
  const available = new Set(deployments.filter(isAvailable).map(({ metadata }) => metadata.name));
  return names.filter((name) => !available.has(name));
}

/** All replicas of the present generation are updated and available (as `kubectl rollout status` judges it). */
export function isAvailable(deployment: KubernetesObject | undefined): boolean {
  if (!deployment) return false;
  // Scaled to nothing, it does nothing, however well Kubernetes finds it.
  const wanted = Math.max(numberAt(deployment, 'spec', 'replicas') ?? 1, 1);
  const updated = numberAt(deployment, 'status', 'updatedReplicas') ?? 0;
  return (
    (numberAt(deployment, 'status', 'observedGeneration') ?? 0) >= (deployment.metadata.generation ?? 0) &&
    updated >= wanted &&
    // An old replica stays until a new one is available: it is the old one that is counted as available then.
    (numberAt(deployment, 'status', 'replicas') ?? 0) <= updated &&
    (numberAt(deployment, 'status', 'availableReplicas') ?? 0) >= wanted
  );
}

function numberAt(object: KubernetesObject, ...path: readonly string[]): number | undefined {
  const value = field(object, ...path);
  return typeof value === 'number' ? value : undefined;
}
