import type { BootstrapJob } from '../flux-bootstrap/bootstrap-job.ts';
import { isStillWanted } from '../flux-bootstrap/claim-lost.ts';
import { fluxReferences } from '../flux-bootstrap/live-flux.ts';
import type { KubernetesCluster } from '../ports/kubernetes-cluster.ts';
import { fluxSecretOf } from './flux-secret.ts';
import { findFormerKeys } from './former-repositories.ts';
import { staleDeployKeys } from './stale-deploy-keys.ts';

export interface RemovedKeys {
  /** Titles. */
  readonly removed: readonly string[];
  /** Repositories that the cluster read before and in which we could not look. */
  readonly unreached: readonly string[];
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
  const isOver = secret.kind !== 'ssh' || !(await isStillWanted(job));
  if (isOver) return { removed: [], unreached: former.unreached };
  const owner = { customer: job.operation.customer, cluster: job.operation.cluster };
  const stale = staleDeployKeys(owner, keys, secret.publicKey);
  for (const { id } of stale) await job.gitHost.removeDeployKey(job.address, id, signal);
  for (const { host, address, id } of former.keys) {
    await job.deps.gitHosts.get(host)?.removeDeployKey(address, id, signal);
  }
  return { removed: [...stale, ...former.keys].map(({ title }) => title), unreached: former.unreached };
}
