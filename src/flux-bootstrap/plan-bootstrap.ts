import { findFormerKeys, type FormerKeys } from '../deploy-keys/former-repositories.ts';
import type { DeployKey, InspectedRepository } from '../ports/git-host.ts';
import type { GitHostReads, PlanJob } from './bootstrap-job.ts';
import { failedCheck } from './check.ts';
import type { Check } from './check.ts';
import { wholeList } from './check-list.ts';
import { deployKeyChanges, fileChanges, judgeChanges, plannedRemovals } from './plan-changes.ts';
import type { BootstrapPlan, PlannedChanges } from './plan-changes.ts';
import { lookAtCluster } from './plan-cluster.ts';
import type { ClusterSight } from './plan-cluster.ts';
import { lookWithin, planLimits } from './plan-part.ts';
import type { Planning, PlanLimits, Sight } from './plan-part.ts';
import { askFiles, askRepository, judgeDistribution } from './preflight-questions.ts';
import type { AskedFiles } from './preflight-questions.ts';
import { previewManagedFiles } from './render-managed-files.ts';
import type { RenderedBootstrap } from './render-managed-files.ts';

/**
 * What a bootstrap would check and change now; nothing is written anywhere. What cannot be asked is said in the checks,
 * not thrown. Ends within 20 seconds, or as soon as `signal` says so, with what was seen by then.
 */
export async function planBootstrap(
  job: PlanJob,
  signal: AbortSignal,
  limits: PlanLimits = planLimits,
): Promise<BootstrapPlan> {
  const planning: Planning = { job, look: lookWithin(job, limits, signal) };
  const repository = lookAtRepository(planning);
  const distribution = lookAtDistribution(planning);
  const deployKeys = lookAtDeployKeys(planning, repository);
  const [git, flux, keys, former, files, cluster] = await Promise.all([
    repository,
    distribution,
    deployKeys,
    planning.look('formerKeys', (within) => findFormerKeys(job, within)),
    lookAtFiles(planning, repository, distribution),
    lookAtCluster(planning, {
      rendered: async () => (await distribution).rendered,
      deployKeys: async () => seen(await deployKeys),
    }),
  ]);
  const checks = wholeList([...git.checks, ...flux.checks, ...files.checks, ...cluster.checks]);
  const changes = changesOf(job, { rendered: flux.rendered, files: files.asked, keys: seen(keys), former, cluster });
  const errors = [keys, former, cluster.changes].flatMap((sight) => (sight?.kind === 'failed' ? [sight.error] : []));
  const missed = seen(former)?.missed ?? [];
  const refusal = seen(cluster.changes)?.refusal;
  return { checks: [...checks, judgeChanges(changes, { errors, refusal, missed })], changes };
}

function seen<T>(sight: Sight<T> | undefined): T | undefined {
  return sight?.kind === 'seen' ? sight.value : undefined;
}

interface RepositorySight {
  readonly checks: readonly Check[];
  readonly repository?: InspectedRepository;
}

async function lookAtRepository({ job, look }: Planning): Promise<RepositorySight> {
  const sight = await look('repository', (signal) => askRepository(job, signal));
  return sight.kind === 'seen' ? sight.value : { checks: [failedCheck('repository', sight.error)] };
}

interface DistributionSight {
  readonly checks: readonly Check[];
  readonly rendered?: RenderedBootstrap;
}

async function lookAtDistribution({ job, look }: Planning): Promise<DistributionSight> {
  const sight = await look('distribution', (signal) => previewManagedFiles(job, signal));
  if (sight.kind === 'failed') return { checks: [failedCheck('distribution', sight.error)] };
  const checks = [judgeDistribution(sight.value)];
  return sight.value.kind === 'rendered' ? { checks, rendered: sight.value.rendered } : { checks };
}

/** `undefined` when there is no repository to ask about. */
async function lookAtDeployKeys(
  { job, look }: Planning,
  asked: Promise<RepositorySight>,
): Promise<Sight<readonly DeployKey[]> | undefined> {
  const { repository } = await asked;
  const isThere = repository?.kind === 'found' || repository?.kind === 'branch-not-found';
  if (!isThere) return undefined;
  return look('deployKeys', (signal) => job.gitHost.listDeployKeys(job.address, signal));
}

interface FilesSight {
  readonly checks: readonly Check[];
  readonly asked?: AskedFiles;
}

async function lookAtFiles(
  { job, look }: Planning,
  asked: Promise<RepositorySight>,
  distribution: Promise<DistributionSight>,
): Promise<FilesSight> {
  const [{ repository }, { rendered }] = await Promise.all([asked, distribution]);
  if (repository?.kind !== 'found' || !rendered) return { checks: [] };
  const { head } = repository;
  const sight = await look('files', (signal) => askFiles(job, { files: rendered.files, head }, signal));
  if (sight.kind === 'failed') return { checks: [failedCheck('removals', sight.error)] };
  return { checks: sight.value.checks, asked: sight.value };
}

interface Seen {
  readonly rendered: RenderedBootstrap | undefined;
  readonly files: AskedFiles | undefined;
  readonly keys: readonly DeployKey[] | undefined;
  readonly former: Sight<FormerKeys<GitHostReads>>;
  readonly cluster: ClusterSight;
}

function changesOf(job: PlanJob, { rendered, files, keys, former, cluster }: Seen): PlannedChanges {
  const { flux, changes } = cluster;
  return {
    files: rendered && files && fileChanges(rendered.files, files.present),
    objects: seen(changes)?.objects,
    deployKeys:
      flux && keys && former.kind === 'seen'
        ? deployKeyChanges(job, flux.secret, { keys, former: former.value.found })
        : undefined,
    removals: files && plannedRemovals(files.removals),
  };
}
