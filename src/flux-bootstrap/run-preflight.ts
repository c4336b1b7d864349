import { OutsideCallError } from '../errors.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { Incarnation } from '../clusters/cluster.ts';
import type { EksCluster } from '../ports/eks-access.ts';
import type { InspectedRepository } from '../ports/git-host.ts';
import type { KubernetesCluster } from '../ports/kubernetes-cluster.ts';
import { eksTarget } from './bootstrap-job.ts';
import type { BootstrapJob } from './bootstrap-job.ts';
import { refusedRemovals } from './commit-manifests.ts';
import { readLiveFlux } from './read-live-flux.ts';
import { refusalOfChecks } from './check.ts';
import type { Check } from './check.ts';
import { judgeDescribed, judgeRepository } from './preflight.ts';
import { judgeClusterFacts } from './preflight-cluster.ts';
import type { ClusterFacts } from './preflight-cluster.ts';
import { renderManagedFiles } from './render-managed-files.ts';

export interface PreflightValue {
  readonly incarnation: Incarnation;
}

/**
 * All checks, before anything is changed. What AWS and the Git host know is asked first; then, if all of that is well,
 * our access entry is made (where it is ours to make), and the API server is asked.
 */
export async function runPreflight(job: BootstrapJob, signal: AbortSignal): Promise<BodyOutcome<PreflightValue>> {
  const target = eksTarget(job.operation);
  const [described, repository] = await Promise.all([
    job.deps.eks.describeCluster(target, signal),
    job.gitHost.inspectRepository(job.address, job.wanted.branch, signal),
  ]);
  const outside = [
    ...judgeDescribed(job.wanted, described),
    ...judgeRepository(job.wanted, repository, job.gitHost.knownHosts),
    ...(await judgeFiles(job, repository, signal)),
  ];
  const refusal = refusalOfChecks(outside);
  if (refusal) return { kind: 'refused', refusal };
  if (described.kind !== 'described') throw new TypeError('a cluster that was not described was not refused');
  const entry = await judgeAccessEntry(job, described.cluster, signal);
  const entryRefusal = refusalOfChecks(entry);
  if (entryRefusal) return { kind: 'refused', refusal: entryRefusal };
  return askCluster(job, { cluster: described.cluster, before: [...outside, ...entry] }, signal);
}

/** What the new files would prune, as a check. */
async function judgeFiles(job: BootstrapJob, repository: InspectedRepository, signal: AbortSignal): Promise<readonly Check[]> {
  if (repository.kind !== 'found') return [];
  const outcome = await renderManagedFiles(job, signal);
  if (outcome.kind === 'refused') return [failed('distribution', outcome.refusal)];
  const present = await job.gitHost.listFolder(job.address, { commit: repository.head, folder: job.fluxFolder }, signal);
  const removal = await refusedRemovals(job, { files: outcome.rendered.files, present }, signal);
  const distribution: Check = { name: 'distribution', result: 'PASS', detail: outcome.rendered.digest };
  if (removal) return [distribution, failed('removals', removal)];
  const kept: Check = { name: 'kustomization', result: 'WARN', detail: 'kustomization.yaml exists and is kept: patches in it take effect with the first sync.' };
  return present.has(outcome.rendered.files.kustomization.path) ? [distribution, kept] : [distribution];
}

function failed(name: string, refusal: { code: Check['code']; detail: string; remedies: readonly string[] }): Check {
  return { name, result: 'FAIL', detail: refusal.detail, remedy: refusal.remedies.join(' '), code: refusal.code };
}

async function judgeAccessEntry(job: BootstrapJob, cluster: EksCluster, signal: AbortSignal): Promise<readonly Check[]> {
  const name = 'access-entry';
  if (job.wanted.access === 'customer') return [{ name, result: 'PASS', detail: 'The customer gives us access.' }];
  if (cluster.authenticationMode === 'CONFIG_MAP') {
    return [
      {
        name,
        result: 'FAIL',
        code: 'access-entry-missing',
        detail: 'The cluster knows no access entries: its authentication mode is CONFIG_MAP.',
        remedy: 'Set the authentication mode to API_AND_CONFIG_MAP, or give our role access in aws-auth and set access to customer.',
      },
    ];
  }
  const entry = await job.deps.eks.ensureAccessEntry(eksTarget(job.operation), signal);
  if (entry.kind === 'forbidden') {
    return [
      {
        name,
        result: 'FAIL',
        code: 'aws-permission-missing',
        detail: `The role may not call ${entry.action}: ${entry.detail}`,
        remedy: `Allow ${entry.action} on this cluster in the role's policy, or make the access entry and set access to customer.`,
      },
    ];
  }
  return [{ name, result: 'PASS', detail: `Access entry of ${entry.principalArn}: ${entry.kind}.` }];
}

interface OutsideWell {
  readonly cluster: EksCluster;
  readonly before: readonly Check[];
}

async function askCluster(job: BootstrapJob, { cluster, before }: OutsideWell, signal: AbortSignal): Promise<BodyOutcome<PreflightValue>> {
  const kubernetes = job.deps.eks.connect(eksTarget(job.operation), cluster);
  job.sessions.put(job.operation.id, { cluster, kubernetes });
  const access = await acceptedBy(job, kubernetes, signal);
  if (access.kind === 'refused') return refusedEntry(job, access.detail);
  const isClusterAdmin = await kubernetes.isAllowed({ verb: '*', group: '*', resource: '*' }, signal);
  const facts = isClusterAdmin
    ? await readFacts(kubernetes, { version: access.version, createdAt: cluster.createdAt }, signal)
    : { kubernetesVersion: access.version, isClusterAdmin, incarnation: unseen, flux: { secret: 'absent' as const } };
  const runtime = await job.deps.registry.getRuntime(job.operation.customer, job.operation.cluster);
  const recorded = { incarnation: isClusterAdmin ? runtime?.result?.incarnation : undefined, repositoryUrl: runtime?.result?.repositoryUrl };
  const checks = [...before, ...judgeClusterFacts(job.wanted, facts, recorded)];
  const refusal = refusalOfChecks(checks);
  if (refusal) return { kind: 'refused', refusal };
  const evidence = { checks: checks.map(({ name, result, detail }) => ({ name, result, detail })) };
  return { kind: 'succeeded', evidence, value: { incarnation: facts.incarnation } };
}

/** Nobody compares it: who is no administrator is refused before. */
const unseen: Incarnation = { createdAt: '', kubeSystemUid: '' };

async function readFacts(
  kubernetes: KubernetesCluster,
  known: { readonly version: string; readonly createdAt: string },
  signal: AbortSignal,
): Promise<ClusterFacts> {
  const [kubeSystem, flux] = await Promise.all([
    kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }, signal),
    readLiveFlux(kubernetes, signal),
  ]);
  return {
    kubernetesVersion: known.version,
    isClusterAdmin: true,
    incarnation: { createdAt: known.createdAt, kubeSystemUid: kubeSystem?.metadata.uid ?? '' },
    flux,
  };
}

/** A new access entry takes a moment until every API server knows it (EKS documentation: eventually consistent). */
const entryMomentMs = 30_000;
const askAgainMs = 500;

type Accepted =
  | { readonly kind: 'accepted'; readonly version: string }
  | { readonly kind: 'refused'; readonly detail: string };

async function acceptedBy(job: BootstrapJob, kubernetes: KubernetesCluster, signal: AbortSignal): Promise<Accepted> {
  const patienceMs = job.wanted.access === 'managed' ? entryMomentMs : 0;
  const until = job.deps.now().getTime() + patienceMs;
  for (;;) {
    try {
      return { kind: 'accepted', version: await askVersion(kubernetes, signal) };
    } catch (error) {
      if (!(error instanceof OutsideCallError) || error.failure !== 'unauthenticated') throw error;
      if (job.deps.now().getTime() >= until) return { kind: 'refused', detail: error.answer ?? 'Unauthorized' };
      await job.deps.pause(askAgainMs, signal);
    }
  }
}

/** `/version` may be open to everybody, so a question that only a known user is answered comes first. */
async function askVersion(kubernetes: KubernetesCluster, signal: AbortSignal): Promise<string> {
  await kubernetes.isAllowed({ verb: 'get', group: '', resource: 'namespaces' }, signal);
  return kubernetes.version(signal);
}

function refusedEntry(job: BootstrapJob, detail: string): BodyOutcome<PreflightValue> {
  return {
    kind: 'refused',
    refusal: {
      code: 'access-entry-missing',
      detail: `The API server does not know our role ${job.wanted.roleArn} (${detail}).`,
      remedies: [
        job.wanted.access === 'customer'
          ? 'Create an access entry for the role with AmazonEKSClusterAdminPolicy, or set access to managed.'
          : 'See in EKS whether the access entry of the role exists, then call again.',
      ],
    },
  };
}
