import { OutsideCallError } from '../errors.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { Incarnation } from '../clusters/cluster.ts';
import type { EksCluster } from '../ports/eks-access.ts';
import type { InspectedRepository } from '../ports/git-host.ts';
import type { KubernetesCluster } from '../ports/kubernetes-cluster.ts';
import { findDeployKey } from '../deploy-keys/register-deploy-key.ts';
import type { Refusal } from '../operations/operation-failures.ts';
import { canonicalJson } from '../operations/operation-id.ts';
import { eksTarget, withCluster } from './bootstrap-job.ts';
import type { BootstrapJob } from './bootstrap-job.ts';
import { refusedRemovals } from './commit-manifests.ts';
import { readLiveFlux } from './read-live-flux.ts';
import { refusalOfChecks } from './check.ts';
import type { Check } from './check.ts';
import { judgeDescribed, judgeRepository } from './preflight.ts';
import { judgeClusterFacts, judgeServer } from './preflight-cluster.ts';
import type { ClusterFacts } from './preflight-cluster.ts';
import { hasKustomization } from './managed-files.ts';
import { renderManagedFiles } from './render-managed-files.ts';

export interface PreflightValue {
  readonly incarnation: Incarnation;
}

/**
 * All checks, before anything is changed. What AWS and the Git host know is asked first; then, if all of that is well,
 * our access entry is made (where it is ours to make), and the API server is asked.
 */
export async function runPreflight(job: BootstrapJob, signal: AbortSignal): Promise<BodyOutcome<PreflightValue>> {
  const changed = await specChanged(job);
  if (changed) return { kind: 'refused', refusal: changed };
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
  const refused = refusedBy(outside);
  if (refused) return refused;
  if (described.kind !== 'described') throw new TypeError('a cluster that was not described was not refused');
  const entry = await judgeAccessEntry(job, described.cluster, signal);
  const before = [...outside, ...entry];
  return refusedBy(before) ?? askCluster(job, { cluster: described.cluster, before }, signal);
}

/** Some check fails: then the evidence shows all that were made. */
function refusedBy(checks: readonly Check[]): Extract<BodyOutcome<PreflightValue>, { kind: 'refused' }> | undefined {
  const refusal = refusalOfChecks(checks);
  return refusal && { kind: 'refused', refusal, evidence: evidenceOf(checks) };
}

function evidenceOf(checks: readonly Check[]) {
  return { checks: checks.map(({ name, result, detail }) => ({ name, result, detail })) };
}

/**
 * The operation acts on a snapshot. Between that and its claim the customer may have been given another repository,
 * and the old one to somebody else; now that the cluster is claimed, that cannot happen any more.
 */
async function specChanged(job: BootstrapJob): Promise<Refusal | undefined> {
  const customer = await job.deps.registry.getCustomer(job.operation.customer);
  const { repository, externalId } = job.snapshot;
  const isSame =
    customer?.externalId === externalId && canonicalJson(customer.spec.repository) === canonicalJson(repository);
  if (isSame) return undefined;
  return {
    code: 'spec-changed',
    detail: 'The customer was changed after this operation had been accepted.',
    remedies: ['Call again: the new operation takes the customer as it is now.'],
    retryable: true,
  };
}

/** What the new files would prune, as a check. */
async function judgeFiles(
  job: BootstrapJob,
  repository: InspectedRepository,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (repository.kind !== 'found') return [];
  const outcome = await renderManagedFiles(job, signal);
  if (outcome.kind === 'refused') return [failed('distribution', outcome.refusal)];
  const present = await job.gitHost.listFolder(
    job.address,
    { commit: repository.head, folder: job.fluxFolder },
    signal,
  );
  const removal = await refusedRemovals(job, { files: outcome.rendered.files, present }, signal);
  const distribution: Check = { name: 'distribution', result: 'PASS', detail: outcome.rendered.digest };
  if (removal) return [distribution, failed('removals', removal)];
  const kept: Check = {
    name: 'kustomization',
    result: 'WARN',
    detail: 'kustomization.yaml exists and is kept: patches in it take effect with the first sync.',
  };
  return hasKustomization(outcome.rendered.files, present) ? [distribution, kept] : [distribution];
}

function failed(name: string, refusal: { code: Check['code']; detail: string; remedies: readonly string[] }): Check {
  return { name, result: 'FAIL', detail: refusal.detail, remedy: refusal.remedies.join(' '), code: refusal.code };
}

async function judgeAccessEntry(
  job: BootstrapJob,
  cluster: EksCluster,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const name = 'access-entry';
  if (job.wanted.access === 'customer') return [{ name, result: 'PASS', detail: 'The customer gives us access.' }];
  if (cluster.authenticationMode === 'CONFIG_MAP') {
    return [
      {
        name,
        result: 'FAIL',
        code: 'access-entry-missing',
        detail: 'The cluster knows no access entries: its authentication mode is CONFIG_MAP.',
        remedy:
          'Set the authentication mode to API_AND_CONFIG_MAP, or give our role access in aws-auth and set access to customer.',
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

async function askCluster(
  job: BootstrapJob,
  { cluster, before }: OutsideWell,
  signal: AbortSignal,
): Promise<BodyOutcome<PreflightValue>> {
  job.sessions.put(job.operation.id, { cluster, kubernetes: job.deps.eks.connect(eksTarget(job.operation), cluster) });
  return withCluster<PreflightValue>(job, signal, async (kubernetes) => {
    const access = await askAccess(job, kubernetes, signal);
    if (access.kind === 'refused') return refusedEntry(job, access.detail);
    const version = await kubernetes.version(signal);
    const runtime = await job.deps.registry.getRuntime(job.operation.customer, job.operation.cluster);
    const { incarnation, repositoryUrl } = runtime?.result ?? {};
    const reachable = judgeServer({ kubernetesVersion: version, isClusterAdmin: access.isClusterAdmin });
    const early = refusedBy([...before, ...reachable]);
    // Who is no administrator may not even see what the further checks ask for.
    if (early) return early;
    const facts = await readFacts(job, { kubernetes, createdAt: cluster.createdAt }, signal);
    const checks = [...before, ...reachable, ...judgeClusterFacts(job.wanted, facts, { incarnation, repositoryUrl })];
    const refused = refusedBy(checks);
    if (refused) return refused;
    return { kind: 'succeeded', evidence: evidenceOf(checks), value: { incarnation: facts.incarnation } };
  });
}

interface Asked {
  readonly kubernetes: KubernetesCluster;
  readonly createdAt: string;
}

async function readFacts(
  job: BootstrapJob,
  { kubernetes, createdAt }: Asked,
  signal: AbortSignal,
): Promise<ClusterFacts> {
  const [kubeSystem, flux] = await Promise.all([
    kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }, signal),
    readLiveFlux(kubernetes, signal),
  ]);
  return {
    incarnation: { createdAt, kubeSystemUid: kubeSystem?.metadata.uid ?? '' },
    flux,
    deployKey: flux.secret.kind === 'ssh' ? await findDeployKey(job, flux.secret.publicKey, signal) : undefined,
  };
}

/** A new access entry takes a moment until every API server knows it (EKS documentation: eventually consistent). */
const entryMomentMs = 30_000;
const askAgainMs = 500;

type Access =
  | { readonly kind: 'accepted'; readonly isClusterAdmin: boolean }
  | { readonly kind: 'refused'; readonly detail: string };

/** Are we let in, and as an administrator? An entry of our own making is given its moment for both. */
async function askAccess(job: BootstrapJob, kubernetes: KubernetesCluster, signal: AbortSignal): Promise<Access> {
  const patienceMs = job.wanted.access === 'managed' ? entryMomentMs : 0;
  const until = job.deps.now().getTime() + patienceMs;
  for (;;) {
    const access = await askOnce(kubernetes, signal);
    const isWell = access.kind === 'accepted' && access.isClusterAdmin;
    if (isWell || job.deps.now().getTime() >= until) return access;
    await job.deps.pause(askAgainMs, signal);
  }
}

async function askOnce(kubernetes: KubernetesCluster, signal: AbortSignal): Promise<Access> {
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
