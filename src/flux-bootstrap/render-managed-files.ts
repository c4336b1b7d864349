import type { Refusal } from '../operations/operation-failures.ts';
import type { BootstrapJob, PlanJob } from './bootstrap-job.ts';
import type { ManagedFiles } from './managed-files.ts';
import { ManifestError } from './components-manifests.ts';
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
  return render(job, (name, digest) => job.deps.registry.keepDigest(name, digest), signal);
}

/** The same, without keeping the contents of a version that is looked at for the first time. */
export async function previewManagedFiles(job: PlanJob, signal: AbortSignal): Promise<RenderOutcome> {
  return render(job, async (name, digest) => (await job.deps.registry.findDigest(name)) ?? digest, signal);
}

async function render(
  job: PlanJob,
  digestThatCounts: (name: string, digest: string) => Promise<string>,
  signal: AbortSignal,
): Promise<RenderOutcome> {
  const { flux } = job.snapshot;
  const loaded = await job.deps.distributions.load(flux.version, signal);
  if (loaded.kind !== 'loaded') return refused(loaded.kind, loaded.detail);
  const { distribution } = loaded;
  const missing = missingComponents(distribution, flux);
  if (missing.length > 0) {
    return refused('version-not-found', `Flux ${flux.version} has no manifests of ${missing.join(', ')}.`);
  }
  const digest = await digestThatCounts(`flux/${flux.version}`, distribution.digest);
  if (digest !== distribution.digest) {
    return refused(
      'checksum-mismatch',
      `The manifests of Flux ${flux.version} are not those that were used first (${digest}, now ${distribution.digest}).`,
    );
  }
  return renderOrRefuse(job, distribution);
}

function filesOf(job: PlanJob, components: RenderedComponents, digest: string): RenderedBootstrap {
  const sync = renderSync({
    url: job.wanted.repositoryUrl,
    branch: job.wanted.branch,
    path: job.wanted.folder,
    interval: job.snapshot.flux.interval,
  });
  const files = {
    components: { path: `${job.fluxFolder}/gotk-components.yaml`, content: components.yaml },
    sync: { path: `${job.fluxFolder}/gotk-sync.yaml`, content: sync.yaml },
    kustomization: { path: `${job.fluxFolder}/kustomization.yaml`, content: renderKustomization() },
    objects: [...components.objects, ...sync.objects],
  };
  return { files, components: components.objects, sync: sync.objects, digest };
}

/** A version that we do not know how to render is a refusal: its manifests are not as those of the versions we know. */
function renderOrRefuse(job: PlanJob, distribution: Distribution): RenderOutcome {
  const { flux } = job.snapshot;
  try {
    const components = renderComponents(distribution, flux);
    return { kind: 'rendered', rendered: filesOf(job, components, distribution.digest) };
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
