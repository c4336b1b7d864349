import type { Holding } from '../ports/registry.ts';
import { isLive } from './ecr-grant.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';

export const ecrGrantStates = ['APPLYING', 'APPLIED', 'FAILED', 'WITHDRAWING', 'EXPIRED'] as const;
/**
 * `APPLYING` an operation works on it, or has not yet begun; `APPLIED` the last one succeeded; `FAILED` it did not (each
 * repository says why); `WITHDRAWING` a DELETE was accepted and is not finished; `EXPIRED` it gives no right any more.
 */
export type EcrGrantState = (typeof ecrGrantStates)[number];

export function ecrGrantState(record: EcrGrantRecord, { claimedBy, lastOperation }: Holding, now: Date): EcrGrantState {
  if (record.isWithdrawn === true) return 'WITHDRAWING';
  if (!isLive(record, now)) return 'EXPIRED';
  if (claimedBy !== undefined || lastOperation === undefined) return 'APPLYING';
  return lastOperation.state === 'SUCCEEDED' ? 'APPLIED' : 'FAILED';
}
