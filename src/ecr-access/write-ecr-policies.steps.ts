import { FleetError, OutsideCallError } from '../errors.ts';
import { endOperation } from '../operations/end-operation.ts';
import type { Ending } from '../operations/end-operation.ts';
import type { EcrStep } from '../operations/operation.ts';
import { isOurOwn } from '../operations/operation-failures.ts';
import { runStep } from '../operations/run-step.ts';
import type { BodyOutcome, StepResult } from '../operations/run-step.ts';
import type { EcrShut } from '../ports/ecr-registry.ts';
import { declareGrant, forgetGrant } from './declare-grant.ts';
import type { RepositoriesLeft } from './declare-grant.ts';
import { ecrJob, isAbandoned, refusalOfShut } from './ecr-job.ts';
import type { EcrDependencies, EcrJob } from './ecr-job.ts';
import type { TargetCursor } from './repository-targets.ts';
import { writePolicies } from './write-policies.ts';
import type { PolicyProgress, PolicyTally } from './write-policies.ts';

/** One attempt of a step: which operation, and the how-manieth (from 1). */
export interface Attempt {
  readonly operationId: string;
  readonly attempt: number;
}

/** The steps of everything that writes policies. Each may be called again at any time, and returns little. */
export interface EcrSteps {
  begin(operationId: string): Promise<{ readonly kind: 'running' | 'stopped' }>;
  preflight(attempt: Attempt): Promise<StepResult<null>>;
  writePolicies(
    attempt: Attempt & { readonly cursor: TargetCursor; readonly tally: PolicyTally },
  ): Promise<StepResult<PolicyProgress>>;
  record(attempt: Attempt & { readonly tally: PolicyTally }): Promise<StepResult<null>>;
  end(operationId: string, ending: Ending): Promise<void>;
}

const maxAttempts = 8;
const stepTimeoutSeconds = 60;

export function createEcrSteps(deps: EcrDependencies): EcrSteps {
  async function step<T>(
    name: EcrStep,
    { operationId, attempt }: Attempt,
    body: (job: EcrJob, signal: AbortSignal) => Promise<BodyOutcome<T>>,
  ) {
    const operation = await deps.operations.get(operationId);
    // Another kind is none of ours.
    if (!operation || operation.kind === 'bootstrap-cluster') return { kind: 'stopped' } as const;
    return runStep<T>({
      ...{ operations: deps.operations, now: deps.now, operation, name, attempt, maxAttempts },
      timeoutSeconds: stepTimeoutSeconds,
      body: (signal) => body(ecrJob(deps, operation), signal),
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
    preflight: (attempt) => step('preflight', attempt, preflight),
    writePolicies: ({ cursor, tally, ...attempt }) =>
      step('write-policies', attempt, (job, signal) => writePolicies(job, { cursor, tally }, signal)),
    record: ({ tally, ...attempt }) => step('record', attempt, (job) => record(job, tally)),
    async end(operationId, ending) {
      await endOperation(deps, operationId, ending);
      const operation = await deps.operations.get(operationId);
      if (operation) deps.onEnded(operation, ending);
    },
  };
}

/** Declares the grant, should the request have died before it could, and sees whether the registry can be reached. */
async function preflight(job: EcrJob, signal: AbortSignal): Promise<BodyOutcome<null>> {
  const { deps, operation, target } = job;
  try {
    if ('grant' in operation) await declareGrant(deps, operation);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const remedies = ['Read the grant again, then repeat the request.'];
    return { kind: 'refused', refusal: { code: 'spec-changed', detail: error.detail, remedies } };
  }
  const listed = await deps.ecr
    .listRepositories(target, undefined, signal)
    .catch((error: unknown) => unreached(job, error));
  if (listed.kind !== 'listed') {
    const refusal = refusalOfShut(job, listed);
    if (!isAbandoned(job)) return { kind: 'refused', refusal };
    return { kind: 'skipped', evidence: { reason: refusal.detail }, value: null };
  }
  const { accountId, region, roleArn } = target;
  const findings = 'findings' in operation.snapshot ? { findings: operation.snapshot.findings } : {};
  const evidence = { registry: `${accountId}/${region}`, role: roleArn, ...findings };
  return { kind: 'succeeded', evidence, value: null };
}

/** Whatever keeps us out of a registry whose grant is abandoned, it is forgotten. */
function unreached(job: EcrJob, error: unknown): EcrShut {
  if (!isAbandoned(job) || !(error instanceof OutsideCallError) || isOurOwn(error)) throw error;
  return { kind: 'role-not-assumable', detail: error.message };
}

async function record(job: EcrJob, tally: PolicyTally): Promise<BodyOutcome<null>> {
  const { deps, operation } = job;
  if (operation.kind !== 'withdraw-ecr-grant') return { kind: 'succeeded', evidence: { ...tally }, value: null };
  const left = isAbandoned(job) ? await repositoriesLeft(job) : undefined;
  const abandoned = left && left.repositories.length > 0 ? left : undefined;
  await forgetGrant(deps, operation, abandoned);
  return { kind: 'succeeded', evidence: { ...tally, ...(abandoned ? { abandoned } : {}) }, value: null };
}

/** Shown of what is abandoned. */
const mostLeft = 100;

/** Where the grant's right stays, as far as we know. */
async function repositoriesLeft({ deps, operation }: EcrJob): Promise<RepositoriesLeft> {
  const { customer, snapshot } = operation;
  const grant = 'grant' in operation ? operation.grant : undefined;
  const place = { customer, registry: snapshot.registry, grant };
  const left: string[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await deps.repositories.list(place, { after, limit: mostLeft });
    for (const { value } of items) if (grant !== undefined && value.grants.includes(grant)) left.push(value.repository);
    after = next;
  } while (after !== undefined && left.length <= mostLeft);
  return { repositories: left.slice(0, mostLeft), hasMore: left.length > mostLeft };
}
