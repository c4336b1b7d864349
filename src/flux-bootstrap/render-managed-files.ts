import type { Refusal } from '../operations/operation-failures.ts';
import type { BootstrapJob } from './bootstrap-job.ts';
import type { ManagedFiles } from './managed-files.ts';
import { ManifestError } from './components-manifests.ts';
import type { FluxOptions } from './flux-options.ts';
import { missingComponents, renderComponents } from './render-components.ts';
import type { RenderedComponents } from './render-components.ts';
import type { Distribution } from '../ports/distributions.ts';
import { renderKustomization, renderSync } from './render-sync.ts';
import type { KubernetesObject } from '../ports/kubernetes-cluster.ts';

export interface RenderedBootstrap {
  readonly files: ManagedFiles;
  readonly components: readonly KubernetesObject[];
  readonly sync: readonly [KubernetesObject, KubernetesObject];
  readonly digest: string;
}

export type RenderOutcome =
  | { readonly kind: 'rendered'; readonly rendered: RenderedBootstrap }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Loads the distribution, makes sure that its version still means the same contents, and renders the files. */
export async function renderManagedFiles(job: BootstrapJob, signal: AbortSignal): Promise<RenderOutcome> {
  const { flux } = job.snapshot;
  const loaded = await job.deps.distributions.load(flux.version, signal);
  if (loaded.kind !== 'loaded') return refused(loaded.kind, loaded.detail);
  const { distribution } = loaded;
  const missing = missingComponents(distribution, flux);
  if (missing.length > 0) {
    return refused('version-not-found', `Flux ${flux.version} has no manifests of ${missing.join(', ')}.`);
  }
  const digest = await job.deps.registry.keepDigest(`flux/${flux.version}`, distribution.digest);
  if (digest !== distribution.digest) {
    return refused(
      'checksum-mismatch',
      `The manifests of Flux ${flux.version} are not those that were used first (${digest}, now ${distribution.digest}).`,
    );
  }
  const components = renderOrRefuse(distribution, flux);
  if (components.kind === 'refused') return components;
  const sync = renderSync({
    url: job.wanted.repositoryUrl,
    branch: job.wanted.branch,
    path: job.wanted.folder,
    interval: flux.interval,
  });
  const files = {
    components: { path: `${job.fluxFolder}/gotk-components.yaml`, content: components.yaml },
    sync: { path: `${job.fluxFolder}/gotk-sync.yaml`, content: sync.yaml },
    kustomization: { path: `${job.fluxFolder}/kustomization.yaml`, content: renderKustomization() },
    objects: [...components.objects, ...sync.objects],
  };
  return { kind: 'rendered', rendered: { files, components: components.objects, sync: sync.objects, digest } };
}

type Components = { readonly kind: 'components' } & RenderedComponents;

/** A version that we do not know how to render is a refusal: its manifests are not as those of the versions we know. */
function renderOrRefuse(
  distribution: Distribution,
  flux: FluxOptions,
): Components | Extract<RenderOutcome, { kind: 'refused' }> {
  try {
    return { kind: 'components', ...renderComponents(distribution, flux) };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return refused(
      'version-not-found',
      `The manifests of Flux ${flux.version} are not of a form that we know: ${error.message}`,
    );
  }
}

function refused(
  kind: 'version-not-found' | 'checksum-mismatch',
  detail: string,
): Extract<RenderOutcome, { kind: 'refused' }> {
  const refusal: Refusal =
    kind === 'version-not-found'
      ? { code: 'distribution-not-found', detail, remedies: ['Set flux.version to a version that Flux has published.'] }
      : {
          code: 'distribution-changed',
          detail,
          remedies: ['Find out who changed the manifests of a published version; do not go on with them.'],
        };
  return { kind: 'refused', refusal };
}
