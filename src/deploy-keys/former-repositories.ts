import { repositoryOfUniqueName, repositoryUniqueName } from '../customers/customer.ts';
import { OutsideCallError } from '../errors.ts';
import type { GitHostReads, PlanDependencies, PlanJob } from '../flux-bootstrap/bootstrap-job.ts';
import type { DeployKey, RepositoryAddress } from '../ports/git-host.ts';
import { staleDeployKeys } from './stale-deploy-keys.ts';

/** As much of a job as looking into former repositories needs; whoever brings the whole Git hosts gets them back. */
export interface FormerJob<Host extends GitHostReads> extends Pick<PlanJob, 'operation' | 'snapshot' | 'gitHost'> {
  readonly deps: Pick<PlanDependencies, 'registry'> & { readonly gitHosts: ReadonlyMap<string, Host> };
}

/** A repository that the cluster read before. */
export interface FormerRepository<Host extends GitHostReads> {
  /** `host/owner/name` in lower case. */
  readonly name: string;
  readonly gitHost: Host;
  readonly address: RepositoryAddress;
}

export interface FormerKeys<Host extends GitHostReads> {
  /** Keys of ours that are there. */
  readonly found: readonly { readonly repository: FormerRepository<Host>; readonly keys: readonly DeployKey[] }[];
  readonly missed: readonly MissedRepository[];
}

/** One in which nothing could be done. */
export interface MissedRepository {
  /** `host/owner/name` in lower case. */
  readonly name: string;
  /** `refused`: it is gone, or nobody lets us in any more; `unanswered`: another time it may be different. */
  readonly why: 'refused' | 'unanswered';
}

/** Of each host that the customer has left: it may be away for good, and must not eat the time of the others. */
const formerHostPatienceMs = 3000;

/** Keys of ours for this cluster in the repositories that it read before: once it reads the present one they are of no use. */
export async function findFormerKeys<Host extends GitHostReads>(
  job: FormerJob<Host>,
  signal: AbortSignal,
  patienceMs = formerHostPatienceMs,
): Promise<FormerKeys<Host>> {
  const { id, customer, cluster } = job.operation;
  const runtime = await job.deps.registry.getRuntime(customer, cluster);
  const present = repositoryUniqueName(job.snapshot.repository);
  const names = runtime?.repositories.filter((one) => one !== present) ?? [];
  const looks = await Promise.all(
    names.map(async (uniqueName) => {
      const { host, ...place } = repositoryOfUniqueName(uniqueName);
      const name = `${host}/${place.owner}/${place.name}`;
      const gitHost = job.deps.gitHosts.get(host);
      if (!gitHost) return { missed: { name, why: 'refused' } as const };
      const repository = { name, gitHost, address: { ...place, job: id } };
      const asked = await askFormer(job, { repository, signal, patienceMs }, (limit) =>
        gitHost.listDeployKeys(repository.address, limit),
      );
      if (asked.kind === 'missed') return { missed: asked.missed };
      return { found: { repository, keys: staleDeployKeys({ customer, cluster }, asked.value, undefined) } };
    }),
  );
  return {
    found: looks.flatMap(({ found }) => (found ? [found] : [])),
    missed: looks.flatMap(({ missed }) => (missed ? [missed] : [])),
  };
}

type Asked<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'missed'; readonly missed: MissedRepository };

interface Ask<Host extends GitHostReads> {
  readonly repository: FormerRepository<Host>;
  readonly signal: AbortSignal;
  readonly patienceMs?: number;
}

/**
 * What a former repository refuses is no reason to fail. Nor is it that its host does not answer, unless the customer is
 * still at that host: then the step is worth another attempt.
 */
export async function askFormer<T, Host extends GitHostReads>(
  job: FormerJob<Host>,
  { repository, signal, patienceMs = formerHostPatienceMs }: Ask<Host>,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<Asked<T>> {
  const isLeft = repository.gitHost !== job.gitHost;
  try {
    const limit = isLeft ? AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) : signal;
    return { kind: 'done', value: await body(limit) };
  } catch (error) {
    if (!(error instanceof OutsideCallError) || (error.retryable && !isLeft)) throw error;
    return { kind: 'missed', missed: { name: repository.name, why: error.retryable ? 'unanswered' : 'refused' } };
  }
}
