import { immutableClusterFields } from '../clusters/cluster.ts';
import type { Incarnation } from '../clusters/cluster.ts';
import { findDeployKey } from '../deploy-keys/register-deploy-key.ts';
import type { Refusal } from '../operations/operation-failures.ts';
import { canonicalJson } from '../operations/operation-id.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { EksCluster } from '../ports/eks-access.ts';
import type { InspectedRepository } from '../ports/git-host.ts';
import type { KubernetesCluster } from '../ports/kubernetes-cluster.ts';
import { eksTarget, withCluster } from './bootstrap-job.ts';
import type { BootstrapJob } from './bootstrap-job.ts';
import { refusalOfChecks } from './check.ts';
import type { Check } from './check.ts';
import {
  askAccess,
  askAws,
  askFiles,
  askRepository,
  askServer,
  judgeAccessEntry,
  judgeDistribution,
  judgeFluxFacts,
  readFluxFacts,
} from './preflight-questions.ts';
import type { Access } from './preflight-questions.ts';
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
  const [aws, git] = await Promise.all([askAws(job, signal), askRepository(job, signal)]);
  const outside = [...aws.checks, ...git.checks, ...(await checkFiles(job, git.repository, signal))];
  const refused = refusedBy(outside);
  if (refused) return refused;
  if (!aws.cluster) throw new TypeError('a cluster that was not described was not refused');
  const { cluster } = aws;
  const entry = await judgeAccessEntry(job, cluster, () =>
    job.deps.eks.ensureAccessEntry(eksTarget(job.operation), signal),
  );
  const before = [...outside, entry];
  return refusedBy(before) ?? askCluster(job, { cluster, before }, signal);
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
 * and the old one to somebody else, or the cluster's id another EKS cluster; now that the cluster is claimed, that
 * cannot happen any more.
 */
async function specChanged(job: BootstrapJob): Promise<Refusal | undefined> {
  const { repository, externalId, accountId } = job.snapshot;
  const scope = { customer: job.operation.customer, cluster: job.operation.cluster, accountId };
  const { customer, cluster, account } = await job.deps.registry.read(scope);
  const isSameCustomer =
    customer.record?.externalId === externalId &&
    canonicalJson(customer.record.spec.repository) === canonicalJson(repository);
  const isSameCluster = immutableClusterFields.every((field) => cluster.record?.spec[field] === job.snapshot[field]);
  if (isSameCustomer && isSameCluster && account.record) return undefined;
  const what = !isSameCustomer ? 'customer was changed' : isSameCluster ? 'account was deleted' : 'cluster was changed';
  return {
    code: 'spec-changed',
    detail: `The ${what} after this operation had been asked for.`,
    remedies: ['Call again: the new operation takes customer, account and cluster as they are now.'],
    retryable: true,
  };
}

async function checkFiles(
  job: BootstrapJob,
  repository: InspectedRepository,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (repository.kind !== 'found') return [];
  const outcome = await renderManagedFiles(job, signal);
  const distribution = judgeDistribution(outcome);
  if (outcome.kind === 'refused') return [distribution];
  const { checks } = await askFiles(job, { files: outcome.rendered.files, head: repository.head }, signal);
  return [distribution, ...checks];
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
    const access = await awaitAccess(job, kubernetes, signal);
    const server = await askServer(job, { kubernetes, access }, signal);
    const early = refusedBy([...before, ...server]);
    // Who is no administrator may not even see what the further checks ask for.
    if (early) return early;
    const facts = await readFluxFacts({ kubernetes, createdAt: cluster.createdAt }, signal);
    const inside = await judgeFluxFacts(job, facts, (publicKey) => findDeployKey(job, publicKey, signal));
    const checks = [...before, ...server, ...inside];
    const refused = refusedBy(checks);
    if (refused) return refused;
    return { kind: 'succeeded', evidence: evidenceOf(checks), value: { incarnation: facts.incarnation } };
  });
}

/** A new access entry takes a moment until every API server knows it (EKS documentation: eventually consistent). */
const entryMomentMs = 30_000;
const askAgainMs = 500;

/** An entry of our own making is given its moment: until we are let in, and as an administrator. */
async function awaitAccess(job: BootstrapJob, kubernetes: KubernetesCluster, signal: AbortSignal): Promise<Access> {
  const patienceMs = job.wanted.access === 'managed' ? entryMomentMs : 0;
  const until = job.deps.now().getTime() + patienceMs;
  for (;;) {
    const access = await askAccess(kubernetes, signal);
    const isWell = access.kind === 'accepted' && access.isClusterAdmin;
    if (isWell || job.deps.now().getTime() >= until) return access;
    await job.deps.pause(askAgainMs, signal);
  }
}
