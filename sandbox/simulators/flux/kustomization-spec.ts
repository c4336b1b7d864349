import type { KubernetesObject, ObjectReference } from '../../../src/ports/kubernetes-cluster.ts';
import { recordAt, recordsAt, stringAt } from '../kubernetes/json.ts';
import type { OwnerName } from './kustomize-apply.ts';
import { parseGoDuration } from './go-duration.ts';

/** `spec` of a Kustomization, as far as this simulator knows it. */
export interface KustomizationSpec {
  readonly path: string;
  readonly isSuspended: boolean;
  readonly prunes: boolean;
  readonly waits: boolean;
  readonly deletionPolicy: string;
  readonly source: ObjectReference;
  readonly dependsOn: readonly OwnerName[];
  readonly healthChecks: readonly ObjectReference[];
  readonly intervalMs: number;
  readonly retryMs: number;
  readonly timeoutMs: number;
  /** The first field that it does not know; what it says would be ignored. */
  readonly unknown: string | undefined;
}

const knownFields: ReadonlySet<string> = new Set([
  'interval',
  'retryInterval',
  'timeout',
  'path',
  'prune',
  'suspend',
  'sourceRef',
  'dependsOn',
  'wait',
  'healthChecks',
  'deletionPolicy',
]);

/** With the defaults of fluxcd/kustomize-controller `api/v1/kustomization_types.go`. */
export function specOf(object: KubernetesObject): KustomizationSpec {
  const spec = recordAt(object, 'spec');
  const { namespace = '' } = object.metadata;
  const sourceRef = recordAt(spec, 'sourceRef');
  const intervalMs = parseGoDuration(spec['interval']) ?? 60_000;
  return {
    path: stringAt(spec, 'path'),
    isSuspended: spec['suspend'] === true,
    prunes: spec['prune'] === true,
    waits: spec['wait'] === true,
    deletionPolicy: stringAt(spec, 'deletionPolicy') || 'MirrorPrune',
    source: {
      apiVersion: stringAt(sourceRef, 'apiVersion') || 'source.toolkit.fluxcd.io/v1',
      kind: stringAt(sourceRef, 'kind'),
      name: stringAt(sourceRef, 'name'),
      // Its own namespace, wherever the source of that name may be.
      namespace: stringAt(sourceRef, 'namespace') || namespace,
    },
    dependsOn: recordsAt(spec, 'dependsOn').map((one) => ({
      name: stringAt(one, 'name'),
      namespace: stringAt(one, 'namespace') || namespace,
    })),
    healthChecks: recordsAt(spec, 'healthChecks').map((one) => ({
      apiVersion: stringAt(one, 'apiVersion'),
      kind: stringAt(one, 'kind'),
      name: stringAt(one, 'name'),
      ...(stringAt(one, 'namespace') !== '' && { namespace: stringAt(one, 'namespace') }),
    })),
    intervalMs,
    retryMs: parseGoDuration(spec['retryInterval']) ?? intervalMs,
    timeoutMs: Math.max(30_000, parseGoDuration(spec['timeout']) ?? intervalMs - 30_000),
    unknown: unknownIn(spec),
  };
}

function unknownIn(spec: Readonly<Record<string, unknown>>): string | undefined {
  const field = Object.entries(spec).find(([name, value]) => !knownFields.has(name) && value !== false)?.[0];
  if (field !== undefined) return field;
  return recordsAt(spec, 'dependsOn').some((one) => 'readyExpr' in one) ? 'dependsOn[].readyExpr' : undefined;
}
