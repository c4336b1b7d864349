import { OutsideCallError } from '../errors.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { KubernetesCluster, KubernetesObject } from '../ports/kubernetes-cluster.ts';
import { withCluster } from './bootstrap-job.ts';
import type { BootstrapJob, ClusterReads, PlanJob } from './bootstrap-job.ts';
import { readFluxObjects, unavailableDeployments } from './read-live-flux.ts';
import { appliedRevision, conditionOf, readinessOf } from './reconciled.ts';
import { componentDeployments, splitStages } from './render-components.ts';
import { renderManagedFiles } from './render-managed-files.ts';

/** The field manager of the Flux CLI: with another one, `flux bootstrap` and we would fight over fields. */
export const fieldManager = 'flux';

/** How long a new CRD may take until it is established (the Flux CLI waits one minute). */
const establishedSeconds = 50;

/** Namespace and CRDs, until they are established; nothing where Flux already takes care of itself. */
export async function applyNamespaceAndCrds(
  job: BootstrapJob,
  signal: AbortSignal,
): Promise<BodyOutcome<{ readonly isApplying: boolean }>> {
  return withCluster<{ readonly isApplying: boolean }>(job, signal, async (kubernetes) => {
    const reason = await takesCareOfItself(job, kubernetes, signal);
    if (reason !== undefined) return { kind: 'skipped', evidence: { reason }, value: { isApplying: false } };
    const outcome = await renderManagedFiles(job, signal);
    if (outcome.kind === 'refused') return outcome;
    const { namespaces, crds } = stageOne(outcome.rendered.components);
    for (const namespace of namespaces) await kubernetes.apply(namespace, fieldManager, signal);
    await Promise.all(crds.map((crd) => applyCrd(kubernetes, crd, signal)));
    const evidence = {
      namespaces: namespaces.map(({ metadata }) => metadata.name),
      customResourceDefinitions: crds.map(({ metadata }) => metadata.name),
    };
    return { kind: 'succeeded', evidence, value: { isApplying: true } };
  });
}

/** All other objects of Flux, side by side. */
export async function applyComponents(job: BootstrapJob, signal: AbortSignal): Promise<BodyOutcome<null>> {
  return withCluster(job, signal, async (kubernetes) => {
    const outcome = await renderManagedFiles(job, signal);
    if (outcome.kind === 'refused') return outcome;
    const { rest } = splitStages(outcome.rendered.components);
    const applied = await Promise.all(rest.map((object) => kubernetes.apply(object, fieldManager, signal)));
    const evidence = { objects: applied.map(({ kind, metadata }) => `${kind}/${metadata.name}`) };
    return { kind: 'succeeded', evidence, value: null };
  });
}

/** Why nothing need be applied; `undefined` when it must be: then whatever is missing or broken is put right. */
export async function takesCareOfItself(
  job: PlanJob,
  kubernetes: ClusterReads,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [{ crd, source, sync, secret }, unavailable] = await Promise.all([
    readFluxObjects(kubernetes, signal),
    unavailableDeployments(kubernetes, componentDeployments(job.snapshot.flux), signal),
  ]);
  const isWhole = crd !== undefined && source !== undefined && secret !== undefined && unavailable.length === 0;
  if (!isWhole || readinessOf(sync).kind !== 'ready') return undefined;
  return `Flux syncs ${appliedRevision(sync) ?? ''} and applies itself from Git.`;
}

function stageOne(components: readonly KubernetesObject[]) {
  const { first } = splitStages(components);
  return {
    namespaces: first.filter(({ kind }) => kind === 'Namespace'),
    crds: first.filter(({ kind }) => kind === 'CustomResourceDefinition'),
  };
}

async function applyCrd(kubernetes: KubernetesCluster, crd: KubernetesObject, signal: AbortSignal): Promise<void> {
  const applied = await kubernetes.apply(crd, fieldManager, signal);
  if (isEstablished(applied)) return;
  const reference = { apiVersion: crd.apiVersion, kind: crd.kind, name: crd.metadata.name };
  const { isDone } = await kubernetes.watchUntil({
    reference,
    isDone: isEstablished,
    timeoutSeconds: establishedSeconds,
    signal,
  });
  if (isDone) return;
  const attempted = `wait until ${crd.metadata.name} is established`;
  throw new OutsideCallError({ system: 'kubernetes', failure: 'timeout', attempted });
}

export function isEstablished(crd: KubernetesObject | undefined): boolean {
  return crd !== undefined && conditionOf(crd, 'Established')?.status === 'True';
}
