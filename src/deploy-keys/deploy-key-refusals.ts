import type { Refusal } from '../operations/operation-failures.ts';
import type { DeployKey } from '../ports/git-host.ts';

/** The Secret holds something else than what Flux reads SSH repositories with. */
export const foreignSecret: Refusal = {
  code: 'secret-not-ours',
  detail: 'The Secret flux-system in the cluster holds other credentials than an SSH key pair.',
  remedies: ['Delete the Secret if nobody needs it any more, then call again: a new deploy key is made.'],
};

/** Whoever reads the cluster's Secret could write to the repository. */
export function writableKey(key: Pick<DeployKey, 'title'>): Refusal {
  return {
    code: 'secret-not-ours',
    detail: `The deploy key "${key.title}" that the cluster's Secret holds may write to the repository; only a read-only key is taken.`,
    remedies: [
      'Remove that deploy key at the Git host, or delete the Secret flux-system in the cluster, then call again.',
    ],
  };
}
