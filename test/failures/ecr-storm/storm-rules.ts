import { policyHash } from '../../../src/ecr-access/canonical-policy.ts';
import type { Operation, OperationState } from '../../../src/operations/operation.ts';
import type { Attempt, SeenPolicy } from './attempt.ts';
import { foreignPart } from './foreign-statements.ts';
import { createGrantLedger, type GrantLedger } from './grant-ledger.ts';
import { longestLagMs } from './replicated-ecr.ts';

export interface PolicyChange {
  readonly repository: string;
  readonly at: number;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly by: 'person' | Attempt;
}

/** What is counted over a run. */
export interface StormCounts {
  /** Policies that were written by us, and how many of those writes came when somebody else had the repository by then. */
  writes: number;
  lateWrites: number;
  edits: number;
  /** Edits that a write of ours ran over: made after our last read, or hidden from it by replicas that lagged behind. */
  lostToRaces: number;
  lostToStaleReads: number;
  /** Rights of ours that a person's edit ran over. */
  rightsLost: number;
}

export interface StormRules {
  readonly ledger: GrantLedger;
  readonly counts: StormCounts;
  /** In words; none of them may ever be. */
  readonly violations: string[];
  /** Hashes of the documents that our writes replaced as we had read them, by repository. */
  readonly replaced: ReadonlyMap<string, ReadonlySet<string>>;
  begun(operation: Operation): void;
  ended(operationId: string, state: OperationState): void;
  changed(change: PolicyChange): void;
  /** Another attempt takes the repository from its holder. */
  takenOver(holder: { readonly operationId: string; readonly repository: string }, by: Attempt): void;
}

export interface StormRulesOptions {
  readonly repositories: readonly string[];
  /** A text that is in a policy as long as it holds the right, by grant. */
  readonly marks: ReadonlyMap<string, string>;
  readonly truth: (repository: string) => string | undefined;
  /** Token under which the repository is leased now. */
  readonly tokenOf: (repository: string) => string | undefined;
}

export function createStormRules(options: StormRulesOptions): StormRules {
  const { repositories, marks, truth, tokenOf } = options;
  const ledger = createGrantLedger();
  const violations: string[] = [];
  const replaced = new Map<string, Set<string>>(repositories.map((name) => [name, new Set()]));
  const counts = { writes: 0, lateWrites: 0, edits: 0, lostToRaces: 0, lostToStaleReads: 0, rightsLost: 0 };
  /** Whose change it was that last gave or took the right: by repository and grant. */
  const changedBy = new Map<string, 'holder' | 'stray'>();
  /** When the statements of others were last changed, by whoever it was. */
  const foreignAt = new Map<string, number>();

  const shows = (text: string | undefined, grant: string) => text?.includes(marks.get(grant) ?? '?') === true;

  function written(change: PolicyChange, by: Attempt): void {
    const { repository, before, after } = change;
    counts.writes += 1;
    const announced = by.announced.get(repository);
    if (announced?.isMine !== true) violations.push(`${repository} was written by ${by.operationId}, who may not`);
    const isHolder = announced !== undefined && announced.token === tokenOf(repository);
    if (!isHolder) counts.lateWrites += 1;
    const reads = by.reads.get(repository) ?? [];
    by.reads.set(repository, []);
    const [one, other] = reads.slice(-2);
    if (!one || !other || policyHash(one.text) !== policyHash(other.text)) {
      violations.push(`${repository} was written by ${by.operationId} without two reads that agree`);
      return;
    }
    requireForeign(change, [one, other]);
    if (policyHash(before) === policyHash(other.text)) replaced.get(repository)?.add(policyHash(before));
    if (!isHolder) return;
    for (const grant of marks.keys()) {
      const isDue = ledger.isDue(grant, repository);
      if (isDue !== undefined && isDue !== shows(after, grant)) {
        violations.push(`${by.operationId} wrote ${repository} ${isDue ? 'without' : 'with'} ${grant}`);
      }
    }
  }

  /** The statements of others are those that were read; those that were there differ only by what came too late. */
  function requireForeign({ repository, before, after }: PolicyChange, reads: readonly [SeenPolicy, SeenPolicy]): void {
    const [kept, read, present] = [after, reads[1].text, before].map((text) => JSON.stringify(foreignPart(text)));
    if (kept !== read) violations.push(`statements of ${repository} were changed`);
    if (kept === present) return;
    const editedAt = foreignAt.get(repository) ?? 0;
    const readAt = Math.min(...reads.map(({ at }) => at));
    if (editedAt >= readAt) {
      counts.lostToRaces += 1;
      return;
    }
    counts.lostToStaleReads += 1;
    const isHidden = reads.every(({ isStale }) => isStale) && readAt - editedAt <= longestLagMs;
    if (!isHidden) violations.push(`an edit of ${repository} was written over though a read showed it`);
  }

  return {
    ...{ ledger, counts, violations, replaced },
    begun: (operation) => ledger.begun(operation),
    ended(operationId, state) {
      ledger.ended(operationId, state);
      const operation = ledger.operationOf(operationId);
      if (!operation || !('grant' in operation) || state !== 'SUCCEEDED') return;
      const { grant } = operation;
      for (const repository of repositories) {
        const isDue = ledger.isDue(grant, repository);
        const isStray = changedBy.get(`${repository} ${grant}`) === 'stray';
        if (isDue === undefined || isStray || isDue === shows(truth(repository), grant)) continue;
        violations.push(`${operation.kind} ${grant} succeeded, and ${repository} ${isDue ? 'lacks' : 'has'} it`);
      }
    },
    changed(change) {
      const { repository, before, after, by, at } = change;
      const announced = by === 'person' ? undefined : by.announced.get(repository);
      const author = announced && announced.token === tokenOf(repository) ? 'holder' : 'stray';
      const moved = [...marks.keys()].filter((grant) => shows(before, grant) !== shows(after, grant));
      for (const grant of moved) changedBy.set(`${repository} ${grant}`, author);
      if (by === 'person') {
        counts.edits += 1;
        counts.rightsLost += moved.length;
      } else {
        written(change, by);
      }
      if (JSON.stringify(foreignPart(before)) !== JSON.stringify(foreignPart(after))) foreignAt.set(repository, at);
    },
    takenOver({ operationId, repository }, by) {
      if (operationId === by.operationId || ledger.hasEnded(operationId)) return;
      violations.push(`${repository} was taken from ${operationId}, which is at work`);
    },
  };
}
