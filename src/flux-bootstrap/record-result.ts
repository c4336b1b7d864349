import { repositoryUniqueName } from '../customers/customer.ts';
import type { Incarnation } from '../clusters/cluster.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { MissedRepository } from '../deploy-keys/former-repositories.ts';
import { removeStaleDeployKeys } from '../deploy-keys/remove-stale-deploy-keys.ts';
import type { Evidence } from '../operations/operation.ts';
import { withCluster } from './bootstrap-job.ts';
import type { BootstrapJob } from './bootstrap-job.ts';
import { claimLost } from './claim-lost.ts';

export interface BootstrapResult {
  readonly incarnation: Incarnation;
  readonly revision: string;
  readonly fingerprint: string;
}

/** What was reached is kept on the cluster; and since Flux reads with the cluster's key by now, older keys of ours go. */
export async function recordResult(
  job: BootstrapJob,
  result: BootstrapResult,
  signal: AbortSignal,
): Promise<BodyOutcome<null>> {
  return withCluster<null>(job, signal, async (kubernetes) => {
    const { id, customer, cluster } = job.operation;
    const recorded = {
      operationId: id,
      at: job.deps.now().toISOString(),
      fluxVersion: job.snapshot.flux.version,
      revision: result.revision,
      keyFingerprint: result.fingerprint,
      repositoryName: repositoryUniqueName(job.snapshot.repository),
      repositoryUrl: job.wanted.repositoryUrl,
      incarnation: result.incarnation,
    };
    const written = await job.deps.registry.recordResult({ customer, cluster, operationId: id }, recorded);
    if (written.kind === 'changed') return claimLost('this result was not recorded');
    // Only now: whoever has lost the cluster must not take keys away.
    const { removed, missed } = await removeStaleDeployKeys(job, kubernetes, signal);
    const { fluxVersion, revision, keyFingerprint, incarnation } = recorded;
    return {
      kind: 'succeeded',
      evidence: {
        ...{ fluxVersion, revision, keyFingerprint, incarnation, removedDeployKeys: removed },
        ...missedEvidence(missed),
      },
      value: null,
    };
  });
}

/** What was not answered is looked at again by the next bootstrap: the cluster remembers it by this evidence. */
function missedEvidence(missed: readonly MissedRepository[]): Evidence {
  const named = (why: MissedRepository['why']) => missed.filter((one) => one.why === why).map(({ name }) => name);
  const [unreachedRepositories, unansweredRepositories] = [named('refused'), named('unanswered')];
  return {
    ...(unreachedRepositories.length > 0 && { unreachedRepositories }),
    ...(unansweredRepositories.length > 0 && { unansweredRepositories }),
  };
}
