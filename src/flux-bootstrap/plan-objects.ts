import type { FluxSecret } from '../deploy-keys/flux-secret.ts';
import { OutsideCallError } from '../errors.ts';
import { refusalOf } from '../operations/operation-failures.ts';
import type { Refusal } from '../operations/operation-failures.ts';
import type { KubernetesObject } from '../ports/kubernetes-cluster.ts';
import { fieldManager, takesCareOfItself } from './apply-components.ts';
import { holds } from './apply-sync.ts';
import type { ClusterReads, PlanJob } from './bootstrap-job.ts';
import { fluxReferences } from './live-flux.ts';
import { mapAtMost } from '../operations/map-at-most.ts';
import { isSameObject, referenceOf } from './plan-changes.ts';
import type { ObjectChange } from './plan-changes.ts';
import type { RenderedBootstrap } from './render-managed-files.ts';

export interface FoundChanges {
  readonly objects: readonly ObjectChange[];
  /** The API server would not take one of them as it is. */
  readonly refusal: Refusal | undefined;
}

/** Requests to one API server at once. */
const maxRequests = 8;

/** What the apply steps and the Secret's would write now. */
export async function findObjectChanges(
  job: PlanJob,
  {
    kubernetes,
    rendered,
    secret,
  }: { readonly kubernetes: ClusterReads; readonly rendered: RenderedBootstrap; readonly secret: FluxSecret },
  signal: AbortSignal,
): Promise<FoundChanges> {
  const isLeftToFlux = (await takesCareOfItself(job, kubernetes, signal)) !== undefined;
  const components = isLeftToFlux ? [] : rendered.components;
  const sync = (await syncHolds(kubernetes, rendered.sync, signal)) ? [] : rendered.sync;
  const compared = await mapAtMost(maxRequests, [...components, ...sync], (object) =>
    compare(kubernetes, object, signal),
  );
  const changes = compared.filter((outcome) => outcome !== undefined);
  return {
    objects: [...changes.map(({ change }) => change), ...secretChanges(job, secret)],
    refusal: changes.map(({ refusal }) => refusal).find((refusal) => refusal !== undefined),
  };
}

/** Then the sync is not applied at all: Flux is only asked to look. */
async function syncHolds(
  kubernetes: ClusterReads,
  [source, sync]: RenderedBootstrap['sync'],
  signal: AbortSignal,
): Promise<boolean> {
  const [liveSource, liveSync] = await Promise.all([
    kubernetes.get(fluxReferences.source, signal),
    kubernetes.get(fluxReferences.sync, signal),
  ]);
  return holds(liveSource, source) && holds(liveSync, sync);
}

interface Compared {
  readonly change: ObjectChange;
  readonly refusal?: Refusal;
}

/** `undefined` when an apply would leave the object as it is; the API server itself says so. */
async function compare(
  kubernetes: ClusterReads,
  object: KubernetesObject,
  signal: AbortSignal,
): Promise<Compared | undefined> {
  const reference = referenceOf(object);
  const live = await kubernetes.get(reference, signal);
  if (!live) return { change: { ...reference, action: 'create' } };
  const change: ObjectChange = { ...reference, action: 'update' };
  try {
    const applied = await kubernetes.applyDryRun(object, fieldManager, signal);
    return isSameObject(live, applied) ? undefined : { change };
  } catch (error) {
    if (!(error instanceof OutsideCallError) || error.failure !== 'rejected') throw error;
    return { change, refusal: refusalOf(error) };
  }
}

/** The Secret is made once; afterwards only the host keys in it follow our configuration. */
function secretChanges(job: PlanJob, secret: FluxSecret): readonly ObjectChange[] {
  if (secret.kind === 'absent') return [{ ...fluxReferences.secret, action: 'create' }];
  const isAsWanted = secret.kind === 'other' || secret.knownHosts === job.gitHost.knownHosts;
  return isAsWanted ? [] : [{ ...fluxReferences.secret, action: 'update' }];
}
