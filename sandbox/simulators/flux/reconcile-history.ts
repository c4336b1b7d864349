import { recordsAt, stringAt } from '../kubernetes/json.ts';

export interface Reconciliation {
  readonly digest: string;
  readonly at: string;
  /** As Go prints durations. */
  readonly duration: string;
  readonly status: string;
  readonly revision: string;
}

const kept = 5;

/** `status.history` with one more: the latest first, and one entry a content and outcome (fluxcd/pkg `apis/meta/history.go`). */
export function withReconciliation(
  history: unknown,
  { digest, at, duration, status, revision }: Reconciliation,
): unknown {
  const before = recordsAt({ history }, 'history');
  const same = before.find(
    (one) => stringAt(one, 'digest') === digest && stringAt(one, 'lastReconciledStatus') === status,
  );
  const count = same?.['totalReconciliations'];
  const latest = {
    digest,
    firstReconciled: same ? stringAt(same, 'firstReconciled') : at,
    lastReconciled: at,
    lastReconciledDuration: duration,
    lastReconciledStatus: status,
    metadata: { revision },
    totalReconciliations: (typeof count === 'number' ? count : 0) + 1,
  };
  return [latest, ...before.filter((one) => one !== same)].slice(0, kept);
}
