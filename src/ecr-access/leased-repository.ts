import { RefusedForNow } from '../operations/operation-failures.ts';
import { isTerminal } from '../operations/operation.ts';
import type { EcrLease, EcrRepositoryRecord } from '../ports/ecr-repositories.ts';
import { addressOf } from './ecr-job.ts';
import type { EcrJob } from './ecr-job.ts';

const mostTries = 40;
const longestPauseMs = 500;

/** Another attempt goes on with it. */
export function leaseLost(repository: string): RefusedForNow {
  return new RefusedForNow({
    code: 'policy-busy',
    detail: `The policy of ${repository} was taken over while this attempt was held up.`,
    remedies: ['Call again.'],
    retryable: true,
  });
}

/**
 * Takes the repository for this attempt. No clock decides about a lease: it is waited for as long as its operation
 * runs, and taken over from one that has ended. An earlier attempt of this operation loses it.
 */
export async function leaseRepository(
  job: EcrJob,
  repository: string,
  signal: AbortSignal,
): Promise<{ readonly lease: EcrLease; readonly record: EcrRepositoryRecord }> {
  const { deps, operation } = job;
  const address = addressOf(job, repository);
  const lease = { operationId: operation.id, token: deps.randomId() };
  let instead: string | undefined;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const outcome = await deps.repositories.lease(address, lease, instead);
    if (outcome.kind === 'leased') return { lease, record: outcome.record };
    // A later attempt of this operation has it.
    if (outcome.operationId === operation.id) throw leaseLost(repository);
    const holder = await deps.operations.get(outcome.operationId);
    const hasEnded = holder === undefined || isTerminal(holder.state);
    instead = hasEnded ? outcome.operationId : undefined;
    if (!hasEnded) await deps.pause(Math.min(50 * (tries + 1), longestPauseMs), signal);
  }
  throw new RefusedForNow({
    code: 'policy-busy',
    detail: `Other operations kept the policy of ${repository} for themselves all the time.`,
    remedies: ['Call again when fewer grants change.'],
    retryable: true,
  });
}
