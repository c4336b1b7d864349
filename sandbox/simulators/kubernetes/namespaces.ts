import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import type { Ground } from './ground.ts';
import { namespaceKind } from './kinds.ts';
import { KubernetesStatusError, notFound, qualified } from './kubernetes-error.ts';
import type { Place } from './object-store.ts';

/**
 * Whatever lives in a namespace needs one that is there, and a new thing one that is not on its way out (admission
 * plugin NamespaceLifecycle, k8s.io/apiserver `pkg/admission/plugin/namespace/lifecycle/admission.go`).
 */
export function requireOpenNamespace(
  ground: Ground,
  { kind, namespace, name }: Place,
  live: KubernetesObject | undefined,
): void {
  if (namespace === undefined) return;
  const found = ground.store.get({ kind: namespaceKind, namespace: undefined, name: namespace });
  if (!found) throw notFound(namespaceKind, namespace);
  if (live || found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw new KubernetesStatusError(
    { status: 403, reason: 'Forbidden', message: `${qualified(kind)} "${name}" is forbidden: ${why}` },
    {
      ...{ name, ...(kind.group !== '' && { group: kind.group }), kind: kind.plural },
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  );
}
