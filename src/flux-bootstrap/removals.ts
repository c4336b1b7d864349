import type { Refusal } from '../operations/operation-failures.ts';
import type { FolderListing } from '../ports/git-host.ts';
import type { PlanJob } from './bootstrap-job.ts';
import { pass, refused, warn } from './check.ts';
import type { Check } from './check.ts';
import { describeReference, removalsBy, replacedBlobs } from './managed-files.ts';
import type { ManagedFiles, Removals } from './managed-files.ts';

/** What the new files would prune, read from those that they replace. */
export async function findRemovals(
  job: PlanJob,
  { files, present }: { readonly files: ManagedFiles; readonly present: FolderListing },
  signal: AbortSignal,
): Promise<Removals> {
  const blobs = replacedBlobs(files, present);
  const contents = await Promise.all(blobs.map((blob) => job.gitHost.readBlob(job.address, blob, signal)));
  return removalsBy(files, contents);
}

/** Removals are refused unless they were allowed: the root Kustomization prunes. */
export function refusalOfRemovals(job: PlanJob, removals: Removals): Refusal | undefined {
  const detail = wordsOf(job, removals);
  if (detail === undefined || job.wanted.allowPrune) return undefined;
  const remedies = ['If that is meant, call bootstrap with {"allowPrune": true}.'];
  return { code: 'prune-not-allowed', detail, remedies };
}

export function judgeRemovals(job: PlanJob, removals: Removals): Check {
  const refusal = refusalOfRemovals(job, removals);
  if (refusal) return refused('removals', refusal);
  const words = wordsOf(job, removals);
  return words === undefined
    ? pass('removals', 'The new manifests take nothing away that the folder holds now.')
    : warn('removals', `${words} That is allowed.`);
}

/** `undefined` when nothing is removed. */
function wordsOf(job: PlanJob, removals: Removals): string | undefined {
  if (removals.kind === 'unreadable') {
    return `What stands in ${job.fluxFolder} cannot be read (${removals.detail}), so it is not known what its replacement would delete.`;
  }
  if (removals.objects.length === 0) return undefined;
  return `The new manifests no longer hold ${removals.objects.map(describeReference).join(', ')}; Flux would delete them.`;
}
