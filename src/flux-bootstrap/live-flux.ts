import type { KubernetesObject } from '../ports/kubernetes-cluster.ts';
import { fluxSecretOf } from '../deploy-keys/flux-secret.ts';
import type { FluxSecret } from '../deploy-keys/flux-secret.ts';
import { fluxNamespace } from './flux-options.ts';

/** What of Flux is in a cluster, as far as a bootstrap must know it. */
export interface LiveFlux {
  /** Absent: the cluster has no Flux. */
  readonly installation?: {
    readonly version?: string | undefined;
    /** `app.kubernetes.io/managed-by`: `flux`, `Helm`, `flux-operator`, … */
    readonly managedBy?: string | undefined;
    /** The Kustomization that applies Flux itself, as `namespace/name`. */
    readonly appliedBy?: string | undefined;
    /** `app.kubernetes.io/instance`: the namespace that it was installed in. */
    readonly namespace?: string | undefined;
  };
  readonly source?: { readonly url: string; readonly branch: string; readonly isSuspended: boolean };
  readonly sync?: {
    readonly path: string;
    readonly isSuspended: boolean;
    readonly lastAppliedRevision?: string | undefined;
  };
  readonly secret: FluxSecret;
  /** The namespace is being deleted: nothing new can be made in it until it is gone. */
  readonly isTerminating: boolean;
}

export interface FluxObjects {
  readonly crd: KubernetesObject | undefined;
  readonly source: KubernetesObject | undefined;
  readonly sync: KubernetesObject | undefined;
  readonly secret: KubernetesObject | undefined;
  readonly namespace: KubernetesObject | undefined;
}

/** References of the objects that `flux bootstrap` makes, all named `flux-system` (fluxcd/flux2 `pkg/bootstrap`). */
export const fluxReferences = {
  crd: {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    name: 'gitrepositories.source.toolkit.fluxcd.io',
  },
  source: {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    name: 'flux-system',
    namespace: fluxNamespace,
  },
  sync: {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    name: 'flux-system',
    namespace: fluxNamespace,
  },
  namespace: { apiVersion: 'v1', kind: 'Namespace', name: fluxNamespace },
  secret: { apiVersion: 'v1', kind: 'Secret', name: 'flux-system', namespace: fluxNamespace },
} as const;

/** Reads the facts out of the objects. */
export function liveFluxOf(objects: FluxObjects): LiveFlux {
  const { crd, source, sync, secret, namespace } = objects;
  return {
    ...(crd ? { installation: installationOf(crd) } : {}),
    ...(source
      ? {
          source: {
            url: text(source, 'spec', 'url'),
            branch: text(source, 'spec', 'ref', 'branch'),
            isSuspended: isSuspended(source),
          },
        }
      : {}),
    ...(sync
      ? {
          sync: {
            path: text(sync, 'spec', 'path'),
            isSuspended: isSuspended(sync),
            lastAppliedRevision: text(sync, 'status', 'lastAppliedRevision') || undefined,
          },
        }
      : {}),
    secret: fluxSecretOf(secret),
    isTerminating: namespace?.metadata.deletionTimestamp !== undefined,
  };
}

function installationOf(crd: KubernetesObject): NonNullable<LiveFlux['installation']> {
  const labels = crd.metadata.labels ?? {};
  const name = labels['kustomize.toolkit.fluxcd.io/name'];
  const namespace = labels['kustomize.toolkit.fluxcd.io/namespace'];
  return {
    version: labels['app.kubernetes.io/version'],
    managedBy: labels['app.kubernetes.io/managed-by'],
    namespace: labels['app.kubernetes.io/instance'],
    appliedBy: name ? `${namespace ?? ''}/${name}` : undefined,
  };
}

function isSuspended(object: KubernetesObject): boolean {
  return field(object, 'spec', 'suspend') === true;
}

/** A value at a path of fields; `undefined` where any of them is missing. */
export function field(object: KubernetesObject | undefined, ...path: readonly string[]): unknown {
  let value: unknown = object;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === name)?.[1];
  }
  return value;
}

function text(object: KubernetesObject, ...path: readonly string[]): string {
  const value = field(object, ...path);
  return typeof value === 'string' ? value : '';
}

/** `./flux/clusters/a/` and `flux/clusters/a` are the same folder. */
export function samePath(a: string, b: string): boolean {
  const normal = (path: string) => path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  return normal(a) === normal(b);
}

/** Two SSH URLs of one repository, with or without `.git`. */
export function sameRepositoryUrl(a: string, b: string): boolean {
  const normal = (url: string) =>
    url
      .toLowerCase()
      .replace(/\.git$/, '')
      .replace(/\/+$/, '');
  return normal(a) === normal(b);
}
