import { repositoryOfUniqueName, repositoryUniqueName } from '../customers/customer.ts';
import { OutsideCallError } from '../errors.ts';
import type { PlanJob } from '../flux-bootstrap/bootstrap-job.ts';
import type { DeployKey, RepositoryAddress } from '../ports/git-host.ts';
import { staleDeployKeys } from './stale-deploy-keys.ts';

export interface FormerKey extends DeployKey {
  readonly host: string;
  readonly address: RepositoryAddress;
}

export interface FormerKeys {
  readonly keys: readonly FormerKey[];
  /** Names in the fleet of repositories that are gone, or in which nobody lets us look any more. */
  readonly unreached: readonly string[];
}

/** Keys of ours for this cluster in the repositories that it read before: once it reads the present one they are of no use. */
export async function findFormerKeys(job: PlanJob, signal: AbortSignal): Promise<FormerKeys> {
  const { customer, cluster } = job.operation;
  const runtime = await job.deps.registry.getRuntime(customer, cluster);
  const present = repositoryUniqueName(job.snapshot.repository);
  const keys: FormerKey[] = [];
  const unreached: string[] = [];
  for (const name of runtime?.repositories.filter((one) => one !== present) ?? []) {
    const found = await keysIn(job, name, signal);
    if (found) keys.push(...found);
    else unreached.push(name);
  }
  return { keys, unreached };
}

async function keysIn(
  job: PlanJob,
  uniqueName: string,
  signal: AbortSignal,
): Promise<readonly FormerKey[] | undefined> {
  const { host, ...address } = repositoryOfUniqueName(uniqueName);
  const gitHost = job.deps.gitHosts.get(host);
  if (!gitHost) return undefined;
  const { customer, cluster } = job.operation;
  try {
    const keys = await gitHost.listDeployKeys(address, signal);
    return staleDeployKeys({ customer, cluster }, keys, undefined).map((key) => ({ ...key, host, address }));
  } catch (error) {
    // A host that the customer has left may be away for good, and must not keep the cluster from its new one.
    const mayPass = error instanceof OutsideCallError && error.retryable && gitHost === job.gitHost;
    if (mayPass || !(error instanceof OutsideCallError)) throw error;
    return undefined;
  }
}
