import type { BootstrapJob } from '../flux-bootstrap/bootstrap-job.ts';
import { isStillWanted } from '../flux-bootstrap/claim-lost.ts';
import { fluxReferences } from '../flux-bootstrap/live-flux.ts';
import type { KubernetesCluster } from '../ports/kubernetes-cluster.ts';
import { fluxSecretOf } from './flux-secret.ts';
import { askFormer, findFormerKeys, type MissedRepository } from './former-repositories.ts';
import { staleDeployKeys } from './stale-deploy-keys.ts';

export interface RemovedKeys {
  /** Titles. */
  readonly removed: readonly string[];
  /** Repositories that the cluster read before and in which keys of ours may be left. */
  readonly missed: readonly MissedRepository[];
}

/**
 * Removes keys of ours for this cluster that it does not read with any more: in its repository those that its Secret
 * does not hold (of a cluster replaced, of a renewed key), in former repositories all.
 */
export async function removeStaleDeployKeys(
  job: BootstrapJob,
  kubernetes: KubernetesCluster,
  signal: AbortSignal,
): Promise<RemovedKeys> {
  // The keys first: one that is registered meanwhile is not among them, and the Secret held each of them before. A key
  // that it does not hold any more it never will again.
  const keys = await job.gitHost.listDeployKeys(job.address, signal);
  const former = await findFormerKeys(job, signal);
  const secret = fluxSecretOf(await kubernetes.get(fluxReferences.secret, signal));
  if (!(await isStillWanted(job))) return { removed: [], missed: former.missed };
  const owner = { customer: job.operation.customer, cluster: job.operation.cluster };
  // Without a Secret it is not known which key of the present repository counts; of a former one none does.
  const stale = secret.kind === 'ssh' ? staleDeployKeys(owner, keys, secret.publicKey) : [];
  for (const { id } of stale) await job.gitHost.removeDeployKey(job.address, id, signal);
  const removed = stale.map(({ title }) => title);
  const rest = await Promise.all(
    former.found.map(async ({ repository, keys: ours }) =>
      askFormer(job, { repository, signal }, async (limit) => {
        for (const { id, title } of ours) {
          await repository.gitHost.removeDeployKey(repository.address, id, limit);
          removed.push(title);
        }
      }),
    ),
  );
  const missed = rest.flatMap((asked) => (asked.kind === 'missed' ? [asked.missed] : []));
  return { removed, missed: [...former.missed, ...missed] };
}
