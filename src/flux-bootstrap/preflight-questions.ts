/**
 * What a bootstrap asks before it changes anything, and how it judges the answers. The step that begins a bootstrap
 * stops at the first group that fails; a plan goes on with whatever can still be asked.
 */
import type { Incarnation } from '../clusters/cluster.ts';
import { OutsideCallError } from '../errors.ts';
import type { AccessEntry, EksCluster } from '../ports/eks-access.ts';
import type { DeployKey, FolderListing, InspectedRepository } from '../ports/git-host.ts';
import { eksTarget } from './bootstrap-job.ts';
import type { ClusterReads, PlanJob } from './bootstrap-job.ts';
import { fail, pass, refused, warn } from './check.ts';
import type { Check } from './check.ts';
import { gitBlobId, objectFormatOf } from './git-blob-id.ts';
import type { LiveFlux } from './live-flux.ts';
import { hasKustomization } from './managed-files.ts';
import type { ManagedFiles, Removals } from './managed-files.ts';
import { judgeClusterFacts, judgeServer } from './preflight-cluster.ts';
import { judgeDescribed, judgeRepository } from './preflight.ts';
import { readLiveFlux } from './read-live-flux.ts';
import { findRemovals, judgeRemovals } from './removals.ts';
import type { RenderOutcome } from './render-managed-files.ts';

/** Role, cluster and endpoint. */
export async function askAws(
  job: PlanJob,
  signal: AbortSignal,
): Promise<{ readonly checks: readonly Check[]; readonly cluster: EksCluster | undefined }> {
  const described = await job.deps.eks.describeCluster(eksTarget(job.operation), signal);
  const cluster = described.kind === 'described' ? described.cluster : undefined;
  return { checks: judgeDescribed(job.wanted, described), cluster };
}

/** Repository, branch, rights and keys. */
export async function askRepository(
  job: PlanJob,
  signal: AbortSignal,
): Promise<{ readonly checks: readonly Check[]; readonly repository: InspectedRepository }> {
  const repository = await job.gitHost.inspectRepository(job.address, job.wanted.branch, signal);
  return { checks: judgeRepository(job.wanted, repository, job.gitHost.knownHosts), repository };
}

export function judgeDistribution(outcome: RenderOutcome): Check {
  if (outcome.kind === 'refused') return refused('distribution', outcome.refusal);
  return pass('distribution', outcome.rendered.digest);
}

export interface AskedFiles {
  readonly checks: readonly Check[];
  readonly present: FolderListing;
  readonly removals: Removals;
}

/** What the new files would prune, and what of the old ones stays. */
export async function askFiles(
  job: PlanJob,
  { files, head }: { readonly files: ManagedFiles; readonly head: string },
  signal: AbortSignal,
): Promise<AskedFiles> {
  const present = await job.gitHost.listFolder(job.address, { commit: head, folder: job.fluxFolder }, signal);
  const removals = await findRemovals(job, { files, present }, signal);
  const kustomization = judgeKustomization(files, present);
  return { checks: [judgeRemovals(job, removals), kustomization], present, removals };
}

/** `ask` makes the entry or looks for it, as the caller may; it is asked only where the entry is ours to make. */
export async function judgeAccessEntry(
  job: PlanJob,
  cluster: EksCluster,
  ask: () => Promise<AccessEntry>,
): Promise<Check> {
  const name = 'access-entry';
  if (job.wanted.access === 'customer') return pass(name, 'The customer gives us access.');
  if (cluster.authenticationMode === 'CONFIG_MAP') {
    return fail(name, 'access-entry-missing', {
      detail: 'The cluster knows no access entries: its authentication mode is CONFIG_MAP.',
      remedy:
        'Set the authentication mode to API_AND_CONFIG_MAP, or give our role access in aws-auth and set access to customer.',
    });
  }
  const entry = await ask();
  switch (entry.kind) {
    case 'forbidden':
      return fail(name, 'aws-permission-missing', {
        detail: `The role may not call ${entry.action}: ${entry.detail}`,
        remedy: `Allow ${entry.action} on this cluster in the role's policy, or make the access entry and set access to customer.`,
      });
    case 'absent':
      return warn(name, `The access entry of ${entry.principalArn} will be created; until then nothing can be asked.`);
    case 'present':
    case 'created':
      return pass(name, `Access entry of ${entry.principalArn}: ${entry.kind}.`);
  }
}

export type Access =
  | { readonly kind: 'accepted'; readonly isClusterAdmin: boolean }
  | { readonly kind: 'refused'; readonly detail: string };

/** Are we let in, and as an administrator? */
export async function askAccess(kubernetes: ClusterReads, signal: AbortSignal): Promise<Access> {
  try {
    return {
      kind: 'accepted',
      isClusterAdmin: await kubernetes.isAllowed({ verb: '*', group: '*', resource: '*' }, signal),
    };
  } catch (error) {
    if (!(error instanceof OutsideCallError) || error.failure !== 'unauthenticated') throw error;
    return { kind: 'refused', detail: error.answer ?? 'Unauthorized' };
  }
}

/** What everybody that the API server lets in can ask. */
export async function askServer(
  job: PlanJob,
  { kubernetes, access }: { readonly kubernetes: ClusterReads; readonly access: Access },
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (access.kind === 'refused') return [refusedByServer(job, access.detail)];
  const kubernetesVersion = await kubernetes.version(signal);
  return [
    pass('api-server', 'The API server answers, and knows our role.'),
    ...judgeServer({ kubernetesVersion, isClusterAdmin: access.isClusterAdmin }),
  ];
}

function refusedByServer({ wanted }: PlanJob, detail: string): Check {
  return fail('api-server', 'access-entry-missing', {
    detail: `The API server does not know our role ${wanted.roleArn} (${detail}).`,
    remedy:
      wanted.access === 'customer'
        ? 'Create an access entry for the role with AmazonEKSClusterAdminPolicy, or set access to managed.'
        : 'See in EKS whether the access entry of the role exists, then call again. One of a role that was deleted and made anew stands for the old one: delete the entry first.',
  });
}

export interface FluxFacts {
  readonly incarnation: Incarnation;
  readonly flux: LiveFlux;
}

/** What only an administrator can see. */
export async function readFluxFacts(
  { kubernetes, createdAt }: { readonly kubernetes: ClusterReads; readonly createdAt: string },
  signal: AbortSignal,
): Promise<FluxFacts> {
  const [kubeSystem, flux] = await Promise.all([
    kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }, signal),
    readLiveFlux(kubernetes, signal),
  ]);
  return { incarnation: { createdAt, kubeSystemUid: kubeSystem?.metadata.uid ?? '' }, flux };
}

/** The facts beside what the last bootstrap has left. `findKey` is asked for the key that the Secret holds. */
export async function judgeFluxFacts(
  job: PlanJob,
  facts: FluxFacts,
  findKey: (publicKey: string) => Promise<DeployKey | 'unknown' | undefined>,
): Promise<readonly Check[]> {
  const runtime = await job.deps.registry.getRuntime(job.operation.customer, job.operation.cluster);
  const { secret } = facts.flux;
  const deployKey = secret.kind === 'ssh' ? await findKey(secret.publicKey) : undefined;
  const { incarnation, repositoryUrl } = runtime?.result ?? {};
  return judgeClusterFacts(job.wanted, { ...facts, deployKey }, { incarnation, repositoryUrl });
}

/** One that is as we write it holds no patches. */
function judgeKustomization(files: ManagedFiles, present: FolderListing): Check {
  const { path, content } = files.kustomization;
  const blob = present.get(path);
  if (blob !== undefined && blob === gitBlobId(content, objectFormatOf(blob))) {
    return pass('kustomization', 'kustomization.yaml is as we write it.');
  }
  if (!hasKustomization(files, present)) return pass('kustomization', 'There is no kustomization.yaml yet.');
  return warn('kustomization', 'kustomization.yaml exists and is kept: patches in it take effect with the next sync.');
}
