import type { ObjectReference } from '../ports/kubernetes-cluster.ts';
import type { KubernetesDiscovery } from './kubernetes-discovery.ts';
import type { KubernetesTransport } from './kubernetes-transport.ts';

/** What every call works with. */
export interface KubernetesClient {
  readonly transport: KubernetesTransport;
  readonly discovery: KubernetesDiscovery;
}

/** An object in an error message: `Deployment flux-system/source-controller`. */
export function named(reference: ObjectReference): string {
  const { kind, namespace, name } = reference;
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
