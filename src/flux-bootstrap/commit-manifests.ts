import type { BodyOutcome } from '../operations/run-step.ts';
import { type Refusal, RefusedForNow } from '../operations/operation-failures.ts';
import type { FolderListing } from '../ports/git-host.ts';
import type { BootstrapJob } from './bootstrap-job.ts';
import { refusalOfChecks } from './check.ts';
import { claimLost, isStillWanted } from './claim-lost.ts';
import { judgeRepository } from './preflight.ts';
import { changesTo, writtenFiles } from './managed-files.ts';
import type { ManagedFiles, WrittenFile } from './managed-files.ts';
import { findRemovals, refusalOfRemovals } from './removals.ts';
import { renderManagedFiles } from './render-managed-files.ts';

/**
 * How often an attempt puts the commit on top anew because somebody else's landed first. After that the step rests for
 * a while: a repository in which a pipeline commits without a pause has quieter moments.
 */
const maxTries = 8;
/** No try begins after so long, so that none is cut off by the end of the step. */
const longestTryingMs = 45_000;
/**
 * At GitHub a try is three requests that create content, and all bootstraps in an installation share 80 a minute: two
 * attempts a minute leave 32 to the others.
 */
const restSeconds = 35;

/** One commit with all managed files, or none when they are as they should be. */
export async function commitManifests(
  job: BootstrapJob,
  signal: AbortSignal,
): Promise<BodyOutcome<{ readonly files: readonly WrittenFile[] }>> {
  const outcome = await renderManagedFiles(job, signal);
  if (outcome.kind === 'refused') return outcome;
  const { files } = outcome.rendered;
  const latestMs = job.deps.now().getTime() + longestTryingMs;
  let lastConflict = '';
  let tries = 0;
  while (tries < maxTries && job.deps.now().getTime() < latestMs) {
    tries += 1;
    const repository = await job.gitHost.inspectRepository(job.address, job.wanted.branch, signal);
    const refusal = refusalOfChecks(judgeRepository(job.wanted, repository, job.gitHost.knownHosts));
    if (refusal || repository.kind !== 'found') return { kind: 'refused', refusal: refusal ?? busy('unknown', tries) };
    const present = await job.gitHost.listFolder(
      job.address,
      { commit: repository.head, folder: job.fluxFolder },
      signal,
    );
    const changes = changesTo(files, present);
    const value = { files: writtenFiles(files, repository.head) };
    if (changes.length === 0) return alreadyCommitted(job, signal, value);
    const removal = await refusedRemovals(job, { files, present }, signal);
    if (removal) return { kind: 'refused', refusal: removal };
    const message = commitMessage(job);
    const committed = await job.gitHost.commitFiles(
      job.address,
      { branch: job.wanted.branch, message, changes, isStillWanted: () => isStillWanted(job) },
      signal,
    );
    if (committed.kind === 'committed') {
      const evidence = {
        commit: committed.commit,
        files: changes.map(({ path }) => path),
        digest: outcome.rendered.digest,
      };
      return { kind: 'succeeded', evidence, value };
    }
    if (committed.kind === 'called-off') return claimLost('nothing was committed');
    if (committed.kind !== 'conflict') {
      return { kind: 'refused', refusal: notAllowed(committed.kind, committed.detail) };
    }
    lastConflict = committed.detail;
  }
  throw new RefusedForNow(busy(lastConflict, tries), { retryAfterSeconds: restSeconds });
}

/** The files are there: by an earlier attempt of this operation whose answer was lost, or from before. */
async function alreadyCommitted<T>(job: BootstrapJob, signal: AbortSignal, value: T): Promise<BodyOutcome<T>> {
  const last = await job.gitHost.lastCommit(job.address, { branch: job.wanted.branch, path: job.fluxFolder }, signal);
  const isOurs = last?.message.includes(trailer(job)) ?? false;
  const evidence = { commit: last?.commit, reason: isOurs ? undefined : 'the files are as they should be' };
  return { kind: isOurs ? 'succeeded' : 'skipped', evidence, value };
}

/** What the new files would prune, unless that was allowed. */
async function refusedRemovals(
  job: BootstrapJob,
  replaced: { readonly files: ManagedFiles; readonly present: FolderListing },
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  if (job.wanted.allowPrune) return undefined;
  return refusalOfRemovals(job, await findRemovals(job, replaced, signal));
}

function commitMessage(job: BootstrapJob): string {
  return `Set up Flux ${job.snapshot.flux.version} on cluster ${job.operation.cluster}\n\n${trailer(job)}\n`;
}

function trailer(job: BootstrapJob): string {
  return `Fleet-Operation: ${job.operation.id}`;
}

function notAllowed(code: 'branch-protected' | 'push-not-allowed', detail: string): Refusal {
  return { code, detail, remedies: ['Let our user or App push to the branch, then call again.'] };
}

function busy(detail: string, tries: number): Refusal {
  return {
    code: 'repository-busy',
    detail: `Others committed first each time that we wanted to (${tries} tries in the last attempt). ${detail}`,
    remedies: ['Call again when fewer changes land in the repository.'],
    retryable: true,
  };
}
