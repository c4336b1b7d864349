import { OutsideCallError } from '../errors.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { KubernetesCluster, KubernetesObject, ObjectReference } from '../ports/kubernetes-cluster.ts';
import { withCluster } from './bootstrap-job.ts';
import type { BootstrapJob } from './bootstrap-job.ts';
import { fluxNamespace } from './flux-options.ts';
import { describeReference, isAsWritten } from './managed-files.ts';
import type { WrittenFile } from './managed-files.ts';
import { fluxReferences } from './live-flux.ts';
import { isAvailable } from './read-live-flux.ts';
import { appliedRevision, commitOfRevision, hasHandledRequest, readinessOf } from './reconciled.ts';
import { componentDeployments } from './render-components.ts';

export interface Reconciled {
  /** `main@sha1:…` */
  readonly revision: string;
}

/** One look: so long a watch fits well into a step's 60 seconds. */
const watchSeconds = 40;
/** From the first look on, over all of them. */
const patienceSeconds = 600;

/** Waits until Flux is ready at a commit at which our files are as we wrote them, and its controllers are available. */
export async function awaitReconciled(
  job: BootstrapJob,
  files: readonly WrittenFile[],
  signal: AbortSignal,
): Promise<BodyOutcome<Reconciled>> {
  return withCluster(job, signal, async (kubernetes) => {
    const look: Look = { job, kubernetes, files, signal, until: job.deps.now().getTime() + watchSeconds * 1000 };
    try {
      return await lookOnce(look);
    } catch (error) {
      // Controllers restart and API servers move: a call that fails now says nothing of how this ends.
      if (!(error instanceof OutsideCallError) || !error.retryable) throw error;
      // Whoever says when to come back is obeyed.
      if (error.postponedSeconds !== undefined) throw error;
      return outcomeOf(look, {
        kind: 'not-yet',
        reference: fluxReferences.sync,
        reason: error.failure,
        message: error.message,
      });
    }
  });
}

async function lookOnce(look: Look): Promise<BodyOutcome<Reconciled>> {
  const source = await untilReady(look, fluxReferences.source, () => true);
  if (source.kind === 'not-yet') return outcomeOf(look, source);
  const sync = await untilAppliedAsWritten(look);
  if (sync.kind === 'not-yet') return outcomeOf(look, sync);
  const deployments = await untilAvailable(look);
  if (deployments.kind === 'not-yet') return outcomeOf(look, deployments);
  const evidence = { revision: sync.revision, deployments: deployments.names, conditions: 'Ready=True' };
  return { kind: 'succeeded', evidence, value: { revision: sync.revision } };
}

interface Look {
  readonly job: BootstrapJob;
  readonly kubernetes: KubernetesCluster;
  readonly files: readonly WrittenFile[];
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly until: number;
}

interface NotYet {
  readonly kind: 'not-yet';
  readonly reference: ObjectReference;
  readonly reason: string;
  readonly message: string;
}

type Found<T> = NotYet | ({ readonly kind: 'found' } & T);

async function untilReady(
  look: Look,
  reference: ObjectReference,
  accepts: (object: KubernetesObject | undefined) => boolean,
): Promise<Found<{ readonly object: KubernetesObject | undefined }>> {
  const { object, isDone } = await look.kubernetes.watchUntil({
    reference,
    // A suspended object will never be ready: there is nothing to wait for.
    isDone: (candidate) => {
      const readiness = readinessOf(candidate);
      if (readiness.kind === 'suspended') return true;
      return readiness.kind === 'ready' && hasHandledRequest(candidate) && accepts(candidate);
    },
    timeoutSeconds: secondsLeft(look),
    signal: look.signal,
  });
  const readiness = readinessOf(object);
  if (isDone && readiness.kind === 'ready') return { kind: 'found', object };
  if (readiness.kind === 'suspended') {
    return { kind: 'not-yet', reference, reason: 'Suspended', message: 'somebody suspended it' };
  }
  if (readiness.kind === 'not-ready') {
    return { kind: 'not-yet', reference, reason: readiness.reason, message: readiness.message };
  }
  if (!hasHandledRequest(object)) {
    return {
      kind: 'not-yet',
      reference,
      reason: 'NotLookedYet',
      message: 'the controller has not looked since it was asked to',
    };
  }
  const message = `ready at ${appliedRevision(object) ?? 'no revision'}, where our files are not as we wrote them`;
  return { kind: 'not-yet', reference, reason: 'OtherRevision', message };
}

function secondsLeft(look: Look): number {
  return Math.max(1, Math.round((look.until - look.job.deps.now().getTime()) / 1000));
}

/** A revision counts if our files are in it as written, whatever else it holds: so a squashed or a later commit counts too. */
async function untilAppliedAsWritten(look: Look): Promise<Found<{ readonly revision: string }>> {
  const others = new Set<string>();
  for (;;) {
    const found = await untilReady(look, fluxReferences.sync, (sync) => !others.has(appliedRevision(sync) ?? ''));
    if (found.kind === 'not-yet') return found;
    const revision = appliedRevision(found.object) ?? '';
    if (await hasOurFiles(look, revision)) return { kind: 'found', revision };
    others.add(revision);
  }
}

async function hasOurFiles(look: Look, revision: string): Promise<boolean> {
  const commit = commitOfRevision(revision);
  if (commit === undefined) return false;
  const { gitHost, address, fluxFolder } = look.job;
  try {
    return isAsWritten(look.files, await gitHost.listFolder(address, { commit, folder: fluxFolder }, look.signal));
  } catch (error) {
    // The repository has no such commit: Flux still shows what it applied from another one, or from before a force-push.
    if (error instanceof OutsideCallError && error.status === 404) return false;
    throw error;
  }
}

async function untilAvailable(look: Look): Promise<Found<{ readonly names: readonly string[] }>> {
  const names = componentDeployments(look.job.snapshot.flux);
  for (const name of names) {
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name, namespace: fluxNamespace };
    const { isDone } = await look.kubernetes.watchUntil({
      reference,
      isDone: isAvailable,
      timeoutSeconds: secondsLeft(look),
      signal: look.signal,
    });
    if (!isDone) {
      return { kind: 'not-yet', reference, reason: 'NotAvailable', message: 'not all of its replicas are available' };
    }
  }
  return { kind: 'found', names };
}

function outcomeOf(look: Look, notYet: NotYet): BodyOutcome<Reconciled> {
  const detail = `${describeReference(notYet.reference)}: ${notYet.reason}: ${notYet.message}`;
  const { code, remedy, retryable } = problemOf(notYet);
  if (notYet.reason === 'Suspended') {
    const remedies = ['Resume it (`flux resume`), then call again.'];
    return { kind: 'refused', refusal: { code: 'flux-suspended', detail, remedies } };
  }
  const { startedAt, postponed } = look.job.operation.steps['await-reconciled'] ?? {};
  const since = postponed?.until ?? startedAt;
  const waitedMs = since === undefined ? 0 : look.job.deps.now().getTime() - Date.parse(since);
  if (waitedMs < patienceSeconds * 1000) {
    return {
      kind: 'waiting',
      progress: { waitingFor: describeReference(notYet.reference) },
      problem: { code, detail },
    };
  }
  return {
    kind: 'refused',
    refusal: {
      code,
      detail,
      remedies: [remedy],
      retryable,
    },
  };
}

/** In golang.org/x/crypto/ssh's words, as source-controller passes them on. */
const strangeHostKey = /knownhosts: key (?:mismatch|is unknown|is revoked)/;

function problemOf({ message }: NotYet) {
  if (strangeHostKey.test(message)) {
    const remedy =
      'Compare the host keys in our configuration with those that the Git host publishes; if they differ, correct ours ' +
      'and call again. If they are the same, somebody stands between the cluster and the Git host.';
    return { code: 'host-key-unknown', remedy, retryable: false } as const;
  }
  const remedy = 'Mend what the object says of itself, then call again: what is done already stays done.';
  return { code: 'not-reconciled', remedy, retryable: true } as const;
}
