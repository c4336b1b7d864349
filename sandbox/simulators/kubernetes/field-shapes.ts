import { storageKey, type Kind } from './kinds.ts';

/**
 * How server-side apply sees a value ("Merge strategy" in the documentation of server-side apply; the markers
 * `x-kubernetes-list-type`, `-list-map-keys`, `-map-type` of Kubernetes' OpenAPI). Without a shape, a map is granular
 * and a list is atomic: so it is in a CRD without markers, of which Flux's have none. Lists of built-in kinds that
 * are not named here count as atomic too, which is right for those that Flux's distribution uses.
 */
export interface Shape {
  /** Replaced as a whole. */
  readonly isAtomic?: true;
  readonly fields?: Readonly<Record<string, Shape>>;
  /** A list of maps, each known by these fields. */
  readonly keys?: readonly string[];
  /** A list of distinct scalars. */
  readonly isSet?: true;
  /** Of each item of a list with keys. */
  readonly items?: Shape;
}

/** What a key field counts as where it is left out. */
export const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

const atomic: Shape = { isAtomic: true };

function keyed(keys: readonly string[], items: Shape = {}): Shape {
  return { keys, items };
}

const metadata: Shape = { fields: { ownerReferences: keyed(['uid'], atomic), finalizers: { isSet: true } } };
const status: Shape = { fields: { conditions: keyed(['type']) } };

const valueFrom: Shape = {
  fields: { fieldRef: atomic, resourceFieldRef: atomic, configMapKeyRef: atomic, secretKeyRef: atomic },
};
const container: Shape = {
  fields: {
    ports: keyed(['containerPort', 'protocol']),
    env: keyed(['name'], { fields: { valueFrom } }),
    volumeMounts: keyed(['mountPath']),
    volumeDevices: keyed(['devicePath']),
    resources: { fields: { claims: keyed(['name']) } },
  },
};
const podSpec: Shape = {
  fields: {
    containers: keyed(['name'], container),
    initContainers: keyed(['name'], container),
    ephemeralContainers: keyed(['name'], container),
    volumes: keyed(['name']),
    imagePullSecrets: keyed(['name'], atomic),
    hostAliases: keyed(['ip']),
    topologySpreadConstraints: keyed(['topologyKey', 'whenUnsatisfiable'], { fields: { labelSelector: atomic } }),
    nodeSelector: atomic,
  },
};
const workload: Shape = { fields: { selector: atomic, template: { fields: { metadata, spec: podSpec } } } };

const specs: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  'apps/Deployment': { spec: workload },
  'apps/ReplicaSet': { spec: workload },
  'apps/StatefulSet': { spec: workload },
  'apps/DaemonSet': { spec: workload },
  'batch/Job': { spec: workload },
  '/Pod': { spec: podSpec },
  '/Service': { spec: { fields: { ports: keyed(['port', 'protocol']), selector: atomic } } },
  '/ServiceAccount': { secrets: keyed(['name']), imagePullSecrets: atomic },
  '/ResourceQuota': { spec: { fields: { scopeSelector: atomic } } },
  'networking.k8s.io/NetworkPolicy': { spec: { fields: { podSelector: atomic } } },
  'rbac.authorization.k8s.io/ClusterRoleBinding': { roleRef: atomic },
  'rbac.authorization.k8s.io/RoleBinding': { roleRef: atomic },
};

const custom: Shape = { fields: { metadata } };
const builtIn = new Map<string, Shape>();

export function shapeOf(kind: Kind): Shape {
  if (kind.isCustom) return custom;
  const key = storageKey(kind);
  const known = builtIn.get(key);
  if (known) return known;
  const shape: Shape = { fields: { metadata, status, ...specs[key] } };
  builtIn.set(key, shape);
  return shape;
}
