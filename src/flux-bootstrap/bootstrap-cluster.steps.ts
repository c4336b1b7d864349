import { provisionDeployKey } from '../deploy-keys/provision-deploy-key.ts';
import type { ProvisionedKey } from '../deploy-keys/provision-deploy-key.ts';
import type { OutsideCallError } from '../errors.ts';
import { endOperation } from '../operations/end-operation.ts';
import type { Ending } from '../operations/end-operation.ts';
import type { BootstrapOperation, BootstrapStep } from '../operations/operation.ts';
import { runStep } from '../operations/run-step.ts';
import type { BodyOutcome, StepResult } from '../operations/run-step.ts';
import { applyComponents, applyNamespaceAndCrds } from './apply-components.ts';
import { applySync } from './apply-sync.ts';
import { awaitReconciled } from './await-reconciled.ts';
import type { Reconciled } from './await-reconciled.ts';
import { bootstrapJob, endJobs } from './bootstrap-job.ts';
import type { BootstrapDependencies, BootstrapJob } from './bootstrap-job.ts';
import { createClusterSessions } from './cluster-sessions.ts';
import { commitManifests } from './commit-manifests.ts';
import type { WrittenFile } from './managed-files.ts';
import { recordResult } from './record-result.ts';
import type { BootstrapResult } from './record-result.ts';
import { runPreflight } from './run-preflight.ts';
import type { PreflightValue } from './run-preflight.ts';

/** One attempt of a step: which operation, and the how-manieth. */
export interface Attempt {
  readonly operationId: string;
  /** Counts from 1. */
  readonly attempt: number;
}

/** The steps of a bootstrap. Each does one thing, may be called again at any time, and returns little. */
export interface BootstrapSteps {
  begin(operationId: string): Promise<{ readonly kind: 'running' | 'stopped' }>;
  preflight(attempt: Attempt): Promise<StepResult<PreflightValue>>;
  commitManifests(attempt: Attempt): Promise<StepResult<{ readonly files: readonly WrittenFile[] }>>;
  applyNamespaceAndCrds(attempt: Attempt): Promise<StepResult<{ readonly isApplying: boolean }>>;
  applyComponents(attempt: Attempt & { readonly isApplying: boolean }): Promise<StepResult<null>>;
  provisionDeployKey(attempt: Attempt): Promise<StepResult<ProvisionedKey>>;
  applySync(attempt: Attempt): Promise<StepResult<null>>;
  awaitReconciled(attempt: Attempt & { readonly files: readonly WrittenFile[] }): Promise<StepResult<Reconciled>>;
  record(attempt: Attempt & { readonly result: BootstrapResult }): Promise<StepResult<null>>;
  end(operationId: string, ending: Ending): Promise<void>;
}

/** Attempts of a step before its transient error becomes the operation's failure; a refusal should not be long in coming. */
const attempts: Partial<Record<BootstrapStep, number>> & { others: number } = {
  preflight: 5,
  // Each look is an attempt; the step knows itself when its time is over.
  'await-reconciled': Infinity,
  others: 8,
};
const stepTimeoutSeconds = 60;

export function createBootstrapSteps(deps: BootstrapDependencies): BootstrapSteps {
  const sessions = createClusterSessions(deps.now);

  async function step<T>(
    name: BootstrapStep,
    attempt: Attempt,
    body: (job: BootstrapJob, signal: AbortSignal) => Promise<BodyOutcome<T>>,
  ) {
    const operation = await deps.operations.get(attempt.operationId);
    // Another kind is none of ours.
    if (operation?.kind !== 'bootstrap-cluster') return { kind: 'stopped' } as const;
    const job = bootstrapJob(deps, sessions, operation);
    return runStep<T>({
      operations: deps.operations,
      now: deps.now,
      operation,
      name,
      attempt: attempt.attempt,
      maxAttempts: attempts[name] ?? attempts.others,
      timeoutSeconds: stepTimeoutSeconds,
      body: (signal) => (job ? body(job, signal) : unknownHost(operation.snapshot.repository.host)),
      mayPass: (error) => mayPass(operation, deps.now(), error),
      onUnexpected: (error) => deps.onUnexpected(operation.id, error),
    });
  }

  return {
    async begin(operationId) {
      const begun = await deps.operations.markRunning(operationId, deps.now().toISOString());
      if (begun.kind === 'made') return { kind: 'running' };
      await endOperation(deps, operationId, { kind: 'stopped' });
      return { kind: 'stopped' };
    },
    preflight: (attempt) => step('preflight', attempt, runPreflight),
    commitManifests: (attempt) => step('commit-manifests', attempt, commitManifests),
    applyNamespaceAndCrds: (attempt) => step('apply-namespace-and-crds', attempt, applyNamespaceAndCrds),
    applyComponents: (attempt) =>
      step('apply-components', attempt, attempt.isApplying ? applyComponents : async () => nothingToApply),
    provisionDeployKey: (attempt) => step('provision-deploy-key', attempt, provisionDeployKey),
    applySync: (attempt) => step('apply-sync', attempt, applySync),
    awaitReconciled: (attempt) =>
      step('await-reconciled', attempt, (job, signal) => awaitReconciled(job, attempt.files, signal)),
    record: (attempt) => step('record', attempt, (job, signal) => recordResult(job, attempt.result, signal)),
    async end(operationId, ending) {
      sessions.end(operationId);
      await endOperation(deps, operationId, ending);
      const operation = await deps.operations.get(operationId);
      if (!operation) return;
      await endJobs(deps.gitHosts, operationId);
      deps.onEnded(operation, ending);
    },
  };
}

const nothingToApply = { kind: 'skipped', evidence: { reason: 'Flux applies itself from Git.' }, value: null } as const;

/** For so long after the start of an operation, not every API server may know an access entry that it has just made. */
const entryMomentMs = 2 * 60_000;

/** EKS access entries are eventually consistent: one API server may still refuse us when another one does not. */
function mayPass(operation: BootstrapOperation, now: Date, error: OutsideCallError): boolean {
  const isRefusedEntry = error.system === 'kubernetes' && error.failure === 'unauthenticated';
  const startedAt = Date.parse(operation.startedAt ?? operation.createdAt);
  return isRefusedEntry && operation.snapshot.access === 'managed' && now.getTime() - startedAt < entryMomentMs;
}

async function unknownHost(host: string): Promise<BodyOutcome<never>> {
  return {
    kind: 'refused',
    refusal: {
      code: 'host-key-unknown',
      detail: `The Git host ${host} is no longer in our configuration.`,
      remedies: ['Add the Git host to the configuration again, or change repository.host of the customer.'],
    },
  };
}
