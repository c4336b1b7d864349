/**
 * What `flux install` has kustomize do to the distribution's objects, as a table of changes in kustomize's order
 * (fluxcd/flux2 v2.9 `pkg/manifestgen/install/templates.go`), and the one change that is ours. Pure: objects are
 * copied along the changed path and never changed themselves.
 */
import type { KubernetesObject } from '../ports/kubernetes-cluster.ts';
import { isRecord, ManifestError } from './components-manifests.ts';
import { fluxNamespace, type FluxOptions } from './flux-options.ts';

/** A file of the distribution without its ending: a component, `rbac`, `policies`, or `namespace`, which is ours. */
export type ManifestSource = string;

interface Change {
  /** Does it concern this object? */
  readonly of: (object: KubernetesObject, context: TransformContext) => boolean;
  readonly apply: (object: KubernetesObject, context: TransformContext) => KubernetesObject;
}

export interface TransformContext {
  readonly source: ManifestSource;
  readonly options: FluxOptions;
  readonly components: readonly string[];
}

const clusterScoped: ReadonlySet<string> = new Set([
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'Namespace',
  'PriorityClass',
]);

const changes: readonly Change[] = [
  { of: (_, { source }) => source === 'rbac', apply: suffixRole },
  { of: isDeployment, apply: placePods },
  { of: isComponentDeployment, apply: setArguments },
  { of: readsExternalArtifacts, apply: allowExternalArtifacts },
  { of: (object) => !clusterScoped.has(object.kind), apply: setNamespace },
  { of: (object, { options }) => isDeployment(object) && options.registry !== '', apply: setRegistry },
  { of: (object, { options }) => isDeployment(object) && options.compute === 'fargate', apply: requestLimits },
  { of: () => true, apply: (object, context) => setLabels(object, ['metadata'], context) },
  { of: isDeployment, apply: (object, context) => setLabels(object, ['spec', 'template', 'metadata'], context) },
];

/** The object as `flux install` would apply it. */
export function transformObject(object: KubernetesObject, context: TransformContext): KubernetesObject {
  return changes.reduce(
    (result, change) => (change.of(result, context) ? change.apply(result, context) : result),
    object,
  );
}

function isDeployment(object: KubernetesObject): boolean {
  return object.kind === 'Deployment';
}

function isComponentDeployment(object: KubernetesObject, { source }: TransformContext): boolean {
  return isDeployment(object) && object.metadata.name === source;
}

const firstContainer = ['spec', 'template', 'spec', 'containers', 0] as const;

/** Names of roles end with the namespace, and so do references to the roles that the distribution brings. */
function suffixRole(object: KubernetesObject): KubernetesObject {
  const addSuffix = (name: unknown) => `${String(name)}-${fluxNamespace}`;
  const renamed = updateIn(object, ['metadata', 'name'], addSuffix);
  const { roleRef } = object;
  const isForeign = !isRecord(roleRef) || roleRef['name'] === 'cluster-admin';
  return isForeign ? renamed : updateIn(renamed, ['roleRef', 'name'], addSuffix);
}

function placePods(object: KubernetesObject, { options }: TransformContext): KubernetesObject {
  return updateIn(object, ['spec', 'template', 'spec'], (spec) => ({
    ...(isRecord(spec) ? spec : {}),
    nodeSelector: {
      ...(isRecord(spec) && isRecord(spec['nodeSelector']) ? spec['nodeSelector'] : {}),
      'kubernetes.io/os': 'linux',
    },
    ...(options.imagePullSecret === undefined ? {} : { imagePullSecrets: [{ name: options.imagePullSecret }] }),
    ...(options.tolerationKeys.length === 0
      ? {}
      : { tolerations: options.tolerationKeys.map((key) => ({ key, operator: 'Exists' })) }),
  }));
}

/** Components that serve artifacts name the address under which others fetch them; its place among the arguments. */
const storageArgument = 6;
const artifactServers: ReadonlySet<string> = new Set(['source-controller', 'source-watcher']);

function setArguments(object: KubernetesObject, context: TransformContext): KubernetesObject {
  const { source, options } = context;
  const inNamespace = `$(RUNTIME_NAMESPACE).svc.${options.clusterDomain}.`;
  const general = [`--watch-all-namespaces=${options.watchAllNamespaces}`, `--log-level=${options.logLevel}`];
  // The full domain, with its dot: proxies are told by suffix what is local (flux2 pkg/manifestgen/install).
  const receiver = context.components.includes('notification-controller')
    ? `http://notification-controller.${inNamespace}/`
    : '';
  const first = source === 'notification-controller' ? general : [`--events-addr=${receiver}`, ...general];
  const byPlace = new Map(first.entries());
  if (artifactServers.has(source)) byPlace.set(storageArgument, `--storage-adv-addr=${source}.${inNamespace}`);
  return updateIn(object, [...firstContainer, 'args'], (args) => replaceItems(args, byPlace, source));
}

/** Replaces items by their place, as JSON Patch does: a place that is not there means another kind of distribution. */
function replaceItems(list: unknown, items: ReadonlyMap<number, string>, source: ManifestSource): unknown[] {
  const length = Math.max(...items.keys()) + 1;
  if (listOf(list).length < length) {
    throw new ManifestError(`${source}.yaml: its container takes fewer than ${length} arguments`);
  }
  return listOf(list).map((item, place) => items.get(place) ?? item);
}

function readsExternalArtifacts(object: KubernetesObject, { components }: TransformContext): boolean {
  const { name } = object.metadata;
  return isDeployment(object) && components.includes('source-watcher') && /^(?:kustomize|helm)-controller$/.test(name);
}

function allowExternalArtifacts(object: KubernetesObject): KubernetesObject {
  const gate = '--feature-gates=ExternalArtifact=true';
  return updateIn(object, [...firstContainer, 'args'], (args): unknown[] => [...listOf(args), gate]);
}

function setNamespace(object: KubernetesObject): KubernetesObject {
  return updateIn(object, ['metadata', 'namespace'], () => fluxNamespace);
}

function setRegistry(object: KubernetesObject, { options, components }: TransformContext): KubernetesObject {
  return updateContainers(object, (container) => {
    const [, component, version] = /^fluxcd\/([a-z-]+)(.*)$/.exec(String(container['image'])) ?? [];
    if (component === undefined || !components.includes(component)) return container;
    return { ...container, image: `${options.registry}/${component}${version}` };
  });
}

/** A Fargate pod gets the size that it requests: with less than its limit it would be killed below it. */
function requestLimits(object: KubernetesObject): KubernetesObject {
  return updateContainers(object, (container) => {
    const resources = isRecord(container['resources']) ? container['resources'] : {};
    if (!isRecord(resources['limits'])) return container;
    return { ...container, resources: { ...resources, requests: resources['limits'] } };
  });
}

function setLabels(object: KubernetesObject, path: Path, { options }: TransformContext): KubernetesObject {
  return updateIn(object, [...path, 'labels'], (labels) => ({
    ...(isRecord(labels) ? labels : {}),
    'app.kubernetes.io/instance': fluxNamespace,
    'app.kubernetes.io/part-of': 'flux',
    'app.kubernetes.io/version': `v${options.version}`,
  }));
}

type Container = Readonly<Record<string, unknown>>;

function updateContainers(object: KubernetesObject, update: (container: Container) => Container): KubernetesObject {
  return updateIn(object, ['spec', 'template', 'spec', 'containers'], (containers) =>
    Array.isArray(containers) ? containers.map((item: unknown) => (isRecord(item) ? update(item) : item)) : containers,
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

type Path = readonly (string | number)[];

/** A copy in which the value at the path is another; mappings on the way that are missing are made. */
function updateIn<T extends object>(target: T, path: Path, update: (value: unknown) => unknown): T {
  return replaceAt(target, path, update) as T;
}

function replaceAt(target: unknown, path: Path, update: (value: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return update(target);
  if (typeof step === 'number') {
    if (!Array.isArray(target) || target.length <= step) throw new ManifestError(`there is no item ${step} to change`);
    return target.with(step, replaceAt(target[step], rest, update));
  }
  if (target !== undefined && !isRecord(target)) throw new ManifestError(`${step} is not part of a mapping`);
  return { ...target, [step]: replaceAt(target?.[step], rest, update) };
}
