import { RefusedForNow } from '../operations/operation-failures.ts';
import type { ReadPolicy } from '../ports/ecr-registry.ts';
import { policyHash } from './canonical-policy.ts';
import type { EcrJob } from './ecr-job.ts';

/** Looks before a document that is not the expected one is taken for somebody's edit. */
const strangeLooks = 3;
const mostLooks = 8;
const firstPauseMs = 250;

/**
 * The policy as it is, as far as that can be known: ECR may answer with the document before the last change. Two reads
 * side by side have to agree; and a document that is not the one we know is somebody's edit only if it stands: a stale
 * answer would have us write over what was done since, or leave a right in that was withdrawn.
 */
export async function settledPolicy(
  { deps, target }: EcrJob,
  { repository, expectedHash }: { readonly repository: string; readonly expectedHash: string | undefined },
  signal: AbortSignal,
): Promise<ReadPolicy> {
  let last: string | undefined;
  let stood = 0;
  for (let looks = 0; looks < mostLooks; looks += 1) {
    if (looks > 0) await deps.pause(firstPauseMs * 2 ** Math.min(looks - 1, 4), signal);
    const read = () => deps.ecr.readPolicy(target, repository, signal);
    const [one, other] = await Promise.all([read(), read()]);
    if (one.kind !== 'read' && one.kind === other.kind) return one;
    const seen = agreed(one, other);
    stood = seen !== undefined && seen === last ? stood + 1 : 1;
    last = seen;
    if (seen === undefined) continue;
    if (expectedHash === undefined || seen === expectedHash || stood >= strangeLooks) return one;
  }
  throw new RefusedForNow({
    code: 'policy-unsettled',
    detail: `ECR shows the policy of ${repository} in different states, one look after the other.`,
    remedies: ['See who else changes it so often, then call again.'],
    retryable: true,
  });
}

/** Their common hash. */
function agreed(one: ReadPolicy, other: ReadPolicy): string | undefined {
  if (one.kind !== 'read' || other.kind !== 'read') return undefined;
  const hash = policyHash(one.text);
  return hash === policyHash(other.text) ? hash : undefined;
}
