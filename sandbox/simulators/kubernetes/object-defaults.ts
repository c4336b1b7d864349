import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { isEstablished, type Kind, storageKey } from './kinds.ts';
import { isRecord, type Json, recordAt, recordsAt, stringAt, without } from './json.ts';

/**
 * What the API server fills in, as far as somebody here looks at it: Kubernetes' defaults
 * (k8s.io/kubernetes `pkg/apis/{core,apps}/v1/defaults.go`, apiextensions `defaults.go`, registry strategies).
 * The same object where nothing is missing.
 */
export function withDefaults(object: KubernetesObject, kind: Kind): KubernetesObject {
  const fill = fillers[storageKey(kind)];
  return fill ? fill(object) : object;
}

const fillers: Readonly<Record<string, (object: KubernetesObject) => KubernetesObject>> = {
  '/Namespace': fillNamespace,
  '/Secret': fillSecret,
  'apps/Deployment': (object) => withMissing(object, 'spec', { replicas: 1, revisionHistoryLimit: 10 }),
  'apiextensions.k8s.io/CustomResourceDefinition': fillDefinition,
};

function fillNamespace(object: KubernetesObject): KubernetesObject {
  const { labels = {} } = object.metadata;
  const { name } = object.metadata;
  const label = 'kubernetes.io/metadata.name';
  const labelled =
    labels[label] === name
      ? object
      : { ...object, metadata: { ...object.metadata, labels: { ...labels, [label]: name } } };
  return withMissing(withMissing(labelled, 'spec', { finalizers: ['kubernetes'] }), 'status', { phase: 'Active' });
}

/** `stringData` is written, never read. */
function fillSecret(object: KubernetesObject): KubernetesObject {
  const typed = object['type'] === undefined ? { ...object, type: 'Opaque' } : object;
  const plain = typed['stringData'];
  if (!isRecord(plain)) return typed;
  const encoded = Object.entries(plain).map(
    ([key, value]) => [key, Buffer.from(String(value)).toString('base64')] as const,
  );
  const data: Json = { ...recordAt(typed, 'data'), ...Object.fromEntries(encoded) };
  return { ...(without(typed, 'stringData') as KubernetesObject), data };
}

function fillDefinition(object: KubernetesObject): KubernetesObject {
  const names = recordAt(recordAt(object, 'spec'), 'names');
  const kind = stringAt(names, 'kind');
  const filled = missing(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  const named = filled === names ? object : { ...object, spec: { ...recordAt(object, 'spec'), names: filled } };
  const converted = withMissing(named, 'spec', { conversion: { strategy: 'None' } });
  // So it is shown until its names are accepted; `conditions` really is null (seen on a real API server).
  const acceptedNames = { plural: '', kind: '' };
  const status = { conditions: null, acceptedNames, storedVersions: storedVersionsOf(object) };
  return converted['status'] === undefined ? { ...converted, status } : converted;
}

function storedVersionsOf(definition: KubernetesObject): readonly string[] {
  const stored = recordsAt(recordAt(definition, 'spec'), 'versions').filter((version) => version['storage'] === true);
  return stored.map((version) => stringAt(version, 'name'));
}

function withMissing(object: KubernetesObject, field: string, defaults: Json): KubernetesObject {
  const present = recordAt(object, field);
  const filled = missing(present, defaults);
  return filled === present && isRecord(object[field]) ? object : { ...object, [field]: filled };
}

function missing(value: Json, defaults: Json): Json {
  const absent = Object.entries(defaults).filter(([field]) => value[field] === undefined);
  return absent.length === 0 ? value : { ...value, ...Object.fromEntries(absent) };
}

/** What the API server's own controller says of a CRD that it accepts (apiextensions `apiserver/naming_controller.go`). */
export function establishedStatus(definition: KubernetesObject, time: string): Json | undefined {
  if (isEstablished(definition)) return undefined;
  const spec = recordAt(definition, 'spec');
  const condition = (type: string, reason: string, message: string) => ({
    ...{ type, status: 'True', lastTransitionTime: time, reason, message },
  });
  return {
    acceptedNames: recordAt(spec, 'names'),
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    storedVersions: storedVersionsOf(definition),
  };
}
