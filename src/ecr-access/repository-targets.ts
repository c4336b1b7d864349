import type { EcrShut } from '../ports/ecr-registry.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { isLive } from './ecr-grant.ts';
import { grantOf } from './ecr-job.ts';
import type { EcrJob } from './ecr-job.ts';

/**
 * Where the work stands: first the repositories that are named, then those of the registry where a grant covers `all`,
 * last those that are known from before: a right may have to go from there.
 */
export interface TargetCursor {
  readonly source: 'named' | 'registry' | 'known';
  readonly after?: string | undefined;
}

export type Targets =
  | { readonly kind: 'found'; readonly repositories: readonly string[]; readonly next?: TargetCursor | undefined }
  | EcrShut;

/** Repositories a visit of the step. */
const mostAtOnce = 100;

export const firstTargets: TargetCursor = { source: 'named' };

/** A stretch of the repositories that the operation has to look at. */
export async function nextTargets(job: EcrJob, cursor: TargetCursor, signal: AbortSignal): Promise<Targets> {
  const { source, after } = cursor;
  switch (source) {
    case 'named':
      return namedTargets(job, after);
    case 'registry':
      return registryTargets(job, after, signal);
    case 'known':
      return knownTargets(job, after);
  }
}

async function namedTargets(job: EcrJob, after = ''): Promise<Targets> {
  const names = [...new Set(await namesOf(job))].toSorted().filter((name) => name > after);
  const repositories = names.slice(0, mostAtOnce);
  const isLast = names.length <= mostAtOnce;
  if (!isLast) return { kind: 'found', repositories, next: { source: 'named', after: repositories.at(-1) } };
  return { kind: 'found', repositories, next: await afterNamed(job) };
}

async function namesOf(job: EcrJob): Promise<readonly string[]> {
  const { operation } = job;
  if (operation.kind === 'restore-ecr-policy') {
    const { restore } = operation.snapshot;
    return restore ? [restore.repository] : [];
  }
  const grants = await grantsToApply(job);
  return grants.flatMap(({ spec: { repositories } }) => ('names' in repositories ? repositories.names : []));
}

async function afterNamed(job: EcrJob): Promise<TargetCursor | undefined> {
  if (job.operation.kind === 'restore-ecr-policy') return undefined;
  const grants = await grantsToApply(job);
  const coversAll = grants.some(({ spec }) => 'all' in spec.repositories);
  return { source: coversAll ? 'registry' : 'known' };
}

/** Those whose rights are to be made true: the operation's own, or all of the registry. */
async function grantsToApply({ deps, operation }: EcrJob): Promise<readonly EcrGrantRecord[]> {
  const grants = await deps.repositories.listGrants(operation.customer, operation.snapshot.registry);
  const live = grants.filter((grant) => isLive(grant, deps.now()));
  return 'grant' in operation ? live.filter(({ id }) => id === operation.grant) : live;
}

async function registryTargets(
  { deps, target }: EcrJob,
  after: string | undefined,
  signal: AbortSignal,
): Promise<Targets> {
  const listed = await deps.ecr.listRepositories(target, after, signal);
  if (listed.kind !== 'listed') return listed;
  const repositories = listed.repositories.map(({ name }) => name);
  const next: TargetCursor =
    listed.next === undefined ? { source: 'known' } : { source: 'registry', after: listed.next };
  return { kind: 'found', repositories, next };
}

/** What this operation has done already is left out. */
async function knownTargets(job: EcrJob, after: string | undefined): Promise<Targets> {
  const { deps, operation } = job;
  const place = { customer: operation.customer, registry: operation.snapshot.registry, grant: grantOf(job) };
  const { items, next } = await deps.repositories.list(place, { after, limit: mostAtOnce });
  const repositories = items.flatMap(({ value }) => (value.doneBy === operation.id ? [] : [value.repository]));
  return { kind: 'found', repositories, next: next === undefined ? undefined : { source: 'known', after: next } };
}
