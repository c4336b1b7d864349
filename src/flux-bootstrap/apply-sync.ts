import type { BodyOutcome } from '../operations/run-step.ts';
import type { KubernetesCluster, KubernetesObject } from '../ports/kubernetes-cluster.ts';
import { fieldManager } from './apply-components.ts';
import { withCluster } from './bootstrap-job.ts';
import type { BootstrapJob } from './bootstrap-job.ts';
import { refusalOfChecks } from './check.ts';
import { field, fluxReferences } from './live-flux.ts';
import { judgePath } from './preflight-cluster.ts';
import { renderManagedFiles } from './render-managed-files.ts';

/** The GitRepository and the Kustomization that make the cluster follow its folder; as they should be already: asks Flux to look now. */
export async function applySync(job: BootstrapJob, signal: AbortSignal): Promise<BodyOutcome<null>> {
  return withCluster(job, signal, async (kubernetes) => {
    const outcome = await renderManagedFiles(job, signal);
    if (outcome.kind === 'refused') return outcome;
    const [source, sync] = outcome.rendered.sync;
    const [liveSource, liveSync] = await Promise.all([
      kubernetes.get(fluxReferences.source, signal),
      kubernetes.get(fluxReferences.sync, signal),
    ]);
    const path = field(liveSync, 'spec', 'path');
    const refusal = refusalOfChecks([judgePath(job.wanted, typeof path === 'string' ? path : undefined)]);
    if (refusal) return { kind: 'refused', refusal };
    const evidence = { url: job.wanted.repositoryUrl, branch: job.wanted.branch, path: `./${job.wanted.folder}` };
    if (holds(liveSource, source) && holds(liveSync, sync)) {
      await requestReconcile(job, kubernetes, signal);
      return { kind: 'skipped', evidence: { ...evidence, reconcileRequested: true }, value: null };
    }
    await kubernetes.apply(source, fieldManager, signal);
    await kubernetes.apply(sync, fieldManager, signal);
    return { kind: 'succeeded', evidence, value: null };
  });
}

/** What `flux reconcile` does: a new value of this annotation makes the controller look at once. The spec stays as it is. */
async function requestReconcile(job: BootstrapJob, kubernetes: KubernetesCluster, signal: AbortSignal): Promise<void> {
  const patch = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': job.deps.now().toISOString() } } };
  await kubernetes.patch(fluxReferences.source, patch, signal);
  await kubernetes.patch(fluxReferences.sync, patch, signal);
}

/** True when the live object has every value of the wanted spec; what others have added to it does not count. */
export function holds(live: KubernetesObject | undefined, wanted: KubernetesObject): boolean {
  return live !== undefined && includes(live['spec'], wanted['spec']);
}

function includes(live: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return live === wanted;
  if (typeof live !== 'object' || live === null) return false;
  const values = new Map(Object.entries(live));
  return Object.entries(wanted).every(([key, value]) => includes(values.get(key), value));
}
