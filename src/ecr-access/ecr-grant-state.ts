import type { EcrGrantResult } from '../ports/ecr-repositories.ts';
import type { Holding } from '../ports/registry.ts';
import { isLive } from './ecr-grant.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';

export const ecrGrantStates = ['APPLYING', 'APPLIED', 'FAILED', 'WITHDRAWING', 'EXPIRED'] as const;
/**
 * `APPLYING` an operation works on it, or has not yet begun; `APPLIED` its right is where it was to be; `FAILED` it is not
 * everywhere (each repository says why); `WITHDRAWING` a DELETE was accepted and is not finished; `EXPIRED` it gives no right any more.
 */
export type EcrGrantState = (typeof ecrGrantStates)[number];

export interface StatedGrant {
  readonly record: EcrGrantRecord;
  readonly holding: Holding;
  /** What became of it at the repositories, as many as are shown. */
  readonly results: readonly (EcrGrantResult | undefined)[];
  readonly hasMoreResults: boolean;
}

export function ecrGrantState({ record, holding, results, hasMoreResults }: StatedGrant, now: Date): EcrGrantState {
  const { claimedBy, lastOperation } = holding;
  if (record.isWithdrawn === true) return 'WITHDRAWING';
  if (!isLive(record, now)) return 'EXPIRED';
  if (claimedBy !== undefined || lastOperation === undefined) return 'APPLYING';
  if (results.some((result) => result?.state === 'REFUSED')) return 'FAILED';
  if (lastOperation.state === 'SUCCEEDED') return 'APPLIED';
  // What its own operation did not come to, one of the whole registry may have done since.
  const isWhole = !hasMoreResults && results.some((result) => result?.state === 'APPLIED');
  return isWhole && results.every((result) => result !== undefined) ? 'APPLIED' : 'FAILED';
}
