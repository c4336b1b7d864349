/** Holds what we render against what the real `flux install --export` writes for the same options. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isDeepStrictEqual } from 'node:util';

import { objectKey, parseManifests } from '../../src/flux-bootstrap/components-manifests.ts';
import { fluxDefaults, type FluxOptions } from '../../src/flux-bootstrap/flux-options.ts';
import { renderComponents } from '../../src/flux-bootstrap/render-components.ts';
import type { Distribution } from '../../src/ports/distributions.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';

export interface InstallCase {
  readonly title: string;
  /** What differs from the defaults; only options that `flux install` has. */
  readonly options: Partial<Omit<FluxOptions, 'version' | 'interval' | 'compute'>>;
}

const images = ['image-reflector-controller', 'image-automation-controller'] as const;
const everyExtra = [...images, 'source-watcher'] as const;

/** The default, each option alone, and combinations. */
export const installCases = [
  { title: 'default', options: {} },
  { title: 'components: one', options: { components: ['source-controller'] } },
  {
    title: 'components: two, in another order',
    options: { components: ['kustomize-controller', 'source-controller'] },
  },
  {
    title: 'components: without notification-controller',
    options: { components: ['source-controller', 'kustomize-controller', 'helm-controller'] },
  },
  { title: 'components: notification-controller alone', options: { components: ['notification-controller'] } },
  { title: 'extraComponents: image controllers', options: { extraComponents: images } },
  { title: 'extraComponents: source-watcher', options: { extraComponents: ['source-watcher'] } },
  { title: 'extraComponents: all', options: { extraComponents: everyExtra } },
  { title: 'registry', options: { registry: 'registry.example.com:5000/mirror/fluxcd' } },
  { title: 'imagePullSecret', options: { imagePullSecret: 'registry-credentials' } },
  { title: 'networkPolicy: false', options: { networkPolicy: false } },
  { title: 'logLevel: debug', options: { logLevel: 'debug' } },
  { title: 'logLevel: error', options: { logLevel: 'error' } },
  { title: 'clusterDomain', options: { clusterDomain: 'k8s.example.internal' } },
  { title: 'tolerationKeys: one', options: { tolerationKeys: ['node.kubernetes.io/dedicated-to-flux'] } },
  { title: 'tolerationKeys: two', options: { tolerationKeys: ['CriticalAddonsOnly', 'true'] } },
  { title: 'watchAllNamespaces: false', options: { watchAllNamespaces: false } },
  { title: 'private registry', options: { registry: 'ghcr.io/acme/flux', imagePullSecret: 'ghcr-auth' } },
  {
    title: 'private registry, every component',
    options: {
      registry: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/fluxcd',
      imagePullSecret: 'ecr',
      extraComponents: everyExtra,
    },
  },
  { title: 'no policies, tolerations', options: { networkPolicy: false, tolerationKeys: ['dedicated'] } },
  {
    title: 'own domain, no notifications',
    options: { clusterDomain: 'corp.local', components: ['source-controller', 'kustomize-controller'] },
  },
  {
    title: 'own domain, source-watcher',
    options: { clusterDomain: 'corp.local', extraComponents: ['source-watcher'] },
  },
  { title: 'one namespace, debug', options: { watchAllNamespaces: false, logLevel: 'debug' } },
  {
    title: 'source-watcher without helm-controller',
    options: { components: ['source-controller', 'kustomize-controller'], extraComponents: ['source-watcher'] },
  },
  {
    title: 'images without notifications',
    options: { components: ['source-controller', 'kustomize-controller'], extraComponents: images, logLevel: 'error' },
  },
  { title: 'pull secret and tolerations', options: { imagePullSecret: 'pull', tolerationKeys: ['a', 'b', 'c'] } },
  {
    title: 'everything',
    options: {
      components: ['notification-controller', 'helm-controller', 'kustomize-controller', 'source-controller'],
      extraComponents: ['source-watcher', 'image-automation-controller', 'image-reflector-controller'],
      registry: 'localhost:5000',
      imagePullSecret: 'pull',
      networkPolicy: false,
      logLevel: 'debug',
      clusterDomain: 'example.org',
      tolerationKeys: ['node-role.kubernetes.io/control-plane', 'dedicated'],
      watchAllNamespaces: false,
    },
  },
] as const satisfies readonly InstallCase[];

/** The case's options, with the defaults of `flux install` for the rest. */
export function optionsOf(installCase: InstallCase, version: string): FluxOptions {
  return { ...fluxDefaults, version, ...installCase.options };
}

export interface CompareOptions {
  /** Path of the `flux` CLI; it must be of the distribution's version and have the same files embedded. */
  readonly fluxCli: string;
  readonly distribution: Distribution;
  readonly options: FluxOptions;
}

export interface InstallComparison {
  /** How many objects `flux install` writes. */
  readonly objects: number;
  /** One line per difference between the objects, by the object's key; empty when they are the same. */
  readonly differences: readonly string[];
  /** The same objects stand in the same order. */
  readonly isSameOrder: boolean;
  /** The two texts are the same bytes. */
  readonly isSameText: boolean;
}

/** Runs the CLI with these options and compares object by object. */
export async function compareWithFluxInstall({
  fluxCli,
  distribution,
  options,
}: CompareOptions): Promise<InstallComparison> {
  const expectedYaml = await exportInstall(fluxCli, options);
  const expected = parseManifests(expectedYaml);
  const rendered = renderComponents(distribution, options);
  return {
    objects: expected.length,
    differences: [
      ...compareObjects(expected, parseManifests(rendered.yaml)).map((difference) => `in the text: ${difference}`),
      ...compareObjects(expected, rendered.objects).map((difference) => `in the objects: ${difference}`),
    ],
    isSameOrder: isDeepStrictEqual(expected.map(objectKey), rendered.objects.map(objectKey)),
    isSameText: expectedYaml === rendered.yaml,
  };
}

/** What `flux install --export` writes. */
export async function exportInstall(fluxCli: string, options: FluxOptions): Promise<string> {
  const run = await promisify(execFile)(fluxCli, ['install', '--export', ...installFlags(options)], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return run.stdout;
}

/** Our options as flags of `flux install` and `flux bootstrap`. */
export function installFlags(options: FluxOptions): string[] {
  return [
    `--version=v${options.version}`,
    `--components=${options.components.join(',')}`,
    ...(options.extraComponents.length === 0 ? [] : [`--components-extra=${options.extraComponents.join(',')}`]),
    `--registry=${options.registry}`,
    ...(options.imagePullSecret === undefined ? [] : [`--image-pull-secret=${options.imagePullSecret}`]),
    `--network-policy=${options.networkPolicy}`,
    `--log-level=${options.logLevel}`,
    `--cluster-domain=${options.clusterDomain}`,
    ...(options.tolerationKeys.length === 0 ? [] : [`--toleration-keys=${options.tolerationKeys.join(',')}`]),
    `--watch-all-namespaces=${options.watchAllNamespaces}`,
  ];
}

function compareObjects(expected: readonly KubernetesObject[], actual: readonly KubernetesObject[]): string[] {
  const actualByKey = new Map(actual.map((object) => [objectKey(object), object]));
  const expectedKeys = new Set(expected.map(objectKey));
  return [
    ...expected.flatMap((object) => {
      const other = actualByKey.get(objectKey(object));
      if (other === undefined) return [`${objectKey(object)} is missing`];
      return findDifferences(object, other).map((difference) => `${objectKey(object)}: ${difference}`);
    }),
    ...actual
      .filter((object) => !expectedKeys.has(objectKey(object)))
      .map((object) => `${objectKey(object)} is too much`),
    ...(actualByKey.size === actual.length ? [] : ['an object stands there twice']),
  ];
}

/** JSON Pointers of what differs, with both values. */
function findDifferences(expected: unknown, actual: unknown, pointer = ''): string[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  if (isContainer(expected) && isContainer(actual) && Array.isArray(expected) === Array.isArray(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) => findDifferences(expected[key], actual[key], `${pointer}/${key}`));
  }
  return [`${pointer} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`];
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
