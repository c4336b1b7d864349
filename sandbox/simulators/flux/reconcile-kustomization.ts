import { createHash } from 'node:crypto';
import type { KubernetesObject, ObjectReference } from '../../../src/ports/kubernetes-cluster.ts';
import { recordAt, recordsAt, stringAt } from '../kubernetes/json.ts';
import { faultWords } from './controller.ts';
import { formatGoDuration } from './go-duration.ts';
import { entriesOf, entryOf, format, inOrder, refer, referenceOfEntry } from './inventory.ts';
import type { KustomizationSpec } from './kustomization-spec.ts';
import { applyStaged, healthOf, prune, withOwner } from './kustomize-apply.ts';
import { buildFolder, type Files, isFolder, pathIn, workFolder } from './kustomize-build.ts';
import type { KustomizeControllerOptions } from './kustomize-controller.ts';
import { withReconciliation } from './reconcile-history.ts';
import type { StatusDraft } from './status-draft.ts';
import { kubernetesTime } from './status-draft.ts';

export interface Attempt {
  readonly options: KustomizeControllerOptions;
  readonly draft: StatusDraft;
  readonly spec: KustomizationSpec;
  /** Milliseconds since 1970; since then it waits for what it has applied. */
  readonly waitingSince: number | undefined;
  /** Writes the status as it is by now. */
  readonly report: () => void;
}

/** When to look again: at the interval, sooner where something is missing. */
export type Outcome =
  | { readonly kind: 'ended'; readonly afterMs: number }
  | { readonly kind: 'waiting'; readonly afterMs: number }
  /** Nothing was done yet. */
  | { readonly kind: 'later'; readonly afterMs: number };

/** `--requeue-dependency` of the controller. */
const dependencyMs = 30_000;
/** So often it asks while it waits (`ssa.WaitOptions`). */
const pollMs = 5000;

interface Source {
  readonly revision: string;
  readonly files: Files;
}

export function reconcileKustomization(attempt: Attempt): Outcome {
  const { draft, spec } = attempt;
  const source = findSource(attempt);
  if (source.kind === 'missing') return fail(draft, { reason: source.reason, message: source.message }, source.afterMs);
  const struck = attempt.options.fault('flux:apply');
  if (struck && struck.error === undefined) return { kind: 'later', afterMs: struck.delayMs };
  startProgress(attempt, source.revision);
  const folder = pathIn('', spec.path);
  if (!isFolder(source.files, folder) && !source.files.has(folder)) {
    const message = `kustomization path not found: stat ${workFolder}/${folder}: no such file or directory`;
    return fail(draft, { reason: 'ArtifactFailed', message }, spec.retryMs);
  }
  draft.set('lastAttemptedRevision', source.revision);
  progress(attempt, `Building manifests for revision ${source.revision}`);
  const built =
    spec.unknown === undefined
      ? buildFolder(source.files, folder)
      : ({ kind: 'failed', message: `the simulator of Flux does not know spec.${spec.unknown}` } as const);
  if (built.kind === 'failed') return fail(draft, { reason: 'BuildFailed', message: built.message }, spec.retryMs);
  progress(attempt, `Detecting drift for revision ${source.revision}`);
  if (struck?.error !== undefined && struck.when === 'before') {
    const message = `${faultWords(struck.error)}\n`;
    return fail(draft, { reason: 'ReconciliationFailed', message }, spec.retryMs);
  }
  const outcome = applyBuilt(attempt, source.revision, built.objects);
  if (outcome.kind !== 'ended' || struck?.error === undefined) return outcome;
  return fail(draft, { reason: 'ReconciliationFailed', message: `${faultWords(struck.error)}\n` }, spec.retryMs);
}

function fail(
  draft: StatusDraft,
  { reason, message }: { readonly reason: string; readonly message: string },
  afterMs: number,
): Outcome {
  draft.mark('Ready', { status: 'False', reason, message });
  return { kind: 'ended', afterMs };
}

/** While it waits it has said what it waits for. */
function startProgress(attempt: Attempt, revision: string): void {
  if (attempt.waitingSince !== undefined) return;
  const message = 'Reconciliation in progress';
  attempt.draft.mark('Ready', { status: 'Unknown', reason: 'Progressing', message });
  progress(attempt, `Fetching manifests for revision ${revision}`);
}

function progress({ draft, spec, waitingSince, report }: Attempt, doing: string): void {
  if (waitingSince !== undefined) return;
  const message = `${doing} with a timeout of ${formatGoDuration(spec.timeoutMs)}`;
  draft.mark('Reconciling', { status: 'True', reason: 'Progressing', message });
  report();
}

type FoundSource =
  | ({ readonly kind: 'found' } & Source)
  | { readonly kind: 'missing'; readonly reason: string; readonly message: string; readonly afterMs: number };

const sourceKinds: Readonly<Record<string, string>> = {
  GitRepository: 'gitrepositories',
  OCIRepository: 'ocirepositories',
  Bucket: 'buckets',
  ExternalArtifact: 'externalartifacts',
};

function findSource({ options, spec }: Attempt): FoundSource {
  const { kind, name, apiVersion } = spec.source;
  const reason = 'ArtifactFailed';
  if (!(kind in sourceKinds)) {
    const message = `source \`${name}\` kind '${kind}' not supported`;
    return { kind: 'missing', reason, message, afterMs: spec.retryMs };
  }
  const object = options.world.get(spec.source);
  if (!object) {
    const message = `${kind}.${apiVersion.split('/')[0]} "${name}" not found`;
    return { kind: 'missing', reason, message, afterMs: spec.retryMs };
  }
  const retrying = `retrying in ${formatGoDuration(dependencyMs)}`;
  const artifact = recordAt(object['status'], 'artifact');
  const revision = stringAt(artifact, 'revision');
  if (revision === '') {
    return { kind: 'missing', reason, message: `Source artifact not found, ${retrying}`, afterMs: dependencyMs };
  }
  const unready = unreadyDependency(options, spec, revision);
  if (unready !== undefined) {
    return { kind: 'missing', reason: 'DependencyNotReady', message: unready, afterMs: dependencyMs };
  }
  const files = options.artifacts.get(stringAt(artifact, 'path'));
  if (files) return { kind: 'found', revision, files };
  const message = `Source is not ready, artifact not found, ${retrying}`;
  return { kind: 'missing', reason, message, afterMs: dependencyMs };
}

function unreadyDependency(
  { world }: KustomizeControllerOptions,
  spec: KustomizationSpec,
  revision: string,
): string | undefined {
  for (const { name, namespace } of spec.dependsOn) {
    const called = `dependency '${namespace}/${name}'`;
    const object = world.get({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', name, namespace });
    if (!object) return `${called} not found: kustomizations.kustomize.toolkit.fluxcd.io "${name}" not found`;
    const status = recordAt(object, 'status');
    const isReady = recordsAt(status, 'conditions').some((one) => one['type'] === 'Ready' && one['status'] === 'True');
    if (!isReady || status['observedGeneration'] !== object.metadata.generation) return `${called} is not ready`;
    const other = recordAt(object['spec'], 'sourceRef');
    const isSameSource =
      stringAt(other, 'kind') === spec.source.kind &&
      stringAt(other, 'name') === spec.source.name &&
      (stringAt(other, 'namespace') || namespace) === spec.source.namespace;
    if (isSameSource && status['lastAppliedRevision'] !== revision) return `${called} revision is not up to date`;
  }
  return undefined;
}

function applyBuilt(attempt: Attempt, revision: string, built: readonly KubernetesObject[]): Outcome {
  const { options, draft, spec, waitingSince } = attempt;
  const owner = { name: draft.object.metadata.name, namespace: draft.object.metadata.namespace ?? '' };
  const digest = `sha256:${createHash('sha256')
    .update(built.map((one) => JSON.stringify(one)).join('\n'))
    .digest('hex')}`;
  const waitedMs = waitingSince === undefined ? 0 : options.now().getTime() - waitingSince;
  const end = (reason: string, message: string): Outcome => {
    const at = kubernetesTime(options.now());
    const entry = { digest, at, duration: formatGoDuration(waitedMs), status: reason, revision };
    draft.set('history', withReconciliation(draft.get('history'), entry));
    return fail(draft, { reason, message }, spec.retryMs);
  };
  const applied = applyStaged(
    options.world,
    built.map((object) => withOwner(object, owner)),
  );
  if (applied.kind === 'failed') return end('ReconciliationFailed', applied.message);
  if (applied.kind === 'waiting') {
    if (waitedMs < 60_000) return { kind: 'waiting', afterMs: 2000 };
    return end(
      'ReconciliationFailed',
      `timeout waiting for: [${applied.for.map(describe('InProgress')).join(', ')}]\n`,
    );
  }
  const stale = staleOf(draft.object, built);
  draft.set('inventory', { entries: built.map(refer).sort(inOrder).map(entryOfReference) });
  if (spec.prunes) {
    const { failures } = prune(options.world, stale, owner);
    if (failures.size > 0) {
      keepInInventory(draft, [...failures.keys()]);
      return end('PruneFailed', `delete failed, errors: ${[...failures.values()].map((one) => `${one};`).join('')}`);
    }
  }
  const health = checkHealth(attempt, { revision, built, waitedMs });
  if (health.kind === 'waiting') return health;
  if (health.kind === 'unhealthy') {
    draft.mark('Healthy', { status: 'False', reason: 'HealthCheckFailed', message: health.message });
    const after = formatGoDuration(waitedMs);
    return end('HealthCheckFailed', `health check failed after ${after}: ${health.message}`);
  }
  draft.set('lastAppliedRevision', revision);
  end('ReconciliationSucceeded', '');
  const message = `Applied revision: ${revision}`;
  draft.mark('Ready', { status: 'True', reason: 'ReconciliationSucceeded', message });
  return { kind: 'ended', afterMs: spec.intervalMs };
}

function entryOfReference(reference: ObjectReference) {
  const { apiVersion, kind, name, namespace } = reference;
  return entryOf({ apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } });
}

function staleOf(object: KubernetesObject, built: readonly KubernetesObject[]): readonly ObjectReference[] {
  const wanted = new Set(built.map((one) => entryOf(one).id));
  return entriesOf(object)
    .filter(({ id }) => !wanted.has(id))
    .map(referenceOfEntry);
}

/** So that the next look tries to delete them again. */
function keepInInventory(draft: StatusDraft, references: readonly ObjectReference[]): void {
  const entries = recordsAt(draft.get('inventory'), 'entries');
  draft.set('inventory', { entries: [...entries, ...references.map(entryOfReference)] });
}

function describe(status: string): (reference: ObjectReference) => string {
  return (reference) => `${format(reference)} status: '${status}'`;
}

type Health =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'waiting'; readonly afterMs: number }
  | { readonly kind: 'unhealthy'; readonly message: string };

function checkHealth(
  { options, draft, spec, waitingSince, report }: Attempt,
  { revision, built, waitedMs }: { revision: string; built: readonly KubernetesObject[]; waitedMs: number },
): Health {
  const checked = (spec.waits ? built.map(refer) : spec.healthChecks).filter(
    ({ kind, name, namespace }) =>
      kind !== draft.object.kind ||
      name !== draft.object.metadata.name ||
      namespace !== draft.object.metadata.namespace,
  );
  if (checked.length === 0) {
    draft.unmark('Healthy');
    return { kind: 'healthy' };
  }
  const states = checked.map((reference) => ({ reference, health: healthOf(options.world.get(reference)) }));
  const unhealthy = states.filter(({ health }) => health !== 'Current');
  if (unhealthy.length === 0) {
    const message = `Health check passed in ${formatGoDuration(waitedMs)}`;
    draft.mark('Healthy', { status: 'True', reason: 'Succeeded', message });
    return { kind: 'healthy' };
  }
  const words = unhealthy.map(({ reference, health }) => describe(health)(reference)).join(', ');
  if (waitedMs >= spec.timeoutMs) return { kind: 'unhealthy', message: `timeout waiting for: [${words}]` };
  if (unhealthy.every(({ health }) => health === 'Failed')) {
    return { kind: 'unhealthy', message: `failed early due to stalled resources: [${words}]` };
  }
  if (waitingSince === undefined) {
    const timeout = formatGoDuration(spec.timeoutMs);
    const message = `Running health checks for revision ${revision} with a timeout of ${timeout}`;
    draft.mark('Reconciling', { status: 'True', reason: 'Progressing', message });
    draft.mark('Healthy', { status: 'Unknown', reason: 'Progressing', message });
    report();
  }
  return { kind: 'waiting', afterMs: Math.min(pollMs, spec.timeoutMs - waitedMs) };
}
