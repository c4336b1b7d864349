import type { EcrGrantSpec } from '../../../src/ecr-access/ecr-grant.ts';
import { covers } from '../../../src/ecr-access/ecr-grant.ts';
import type { Operation, OperationState } from '../../../src/operations/operation.ts';

/** What must be true of each grant at this moment, worked out from the operations that were accepted and have ended. */
export interface GrantLedger {
  begun(operation: Operation): void;
  ended(operationId: string, state: OperationState): void;
  /** Whether the policy must have the grant's right; `undefined`: something is under way, both may be. */
  isDue(grant: string, repository: string): boolean | undefined;
  hasEnded(operationId: string): boolean;
  operationOf(id: string): Operation | undefined;
  readonly endings: ReadonlyMap<string, OperationState>;
}

export function createGrantLedger(): GrantLedger {
  const operations = new Map<string, Operation>();
  const endings = new Map<string, OperationState>();
  const underWay = new Map<string, Set<string>>();
  /** A spec: applied. `gone`: withdrawn, or never there. `open`: an operation failed, and has done part of its work. */
  const outcomes = new Map<string, EcrGrantSpec | 'gone' | 'open'>();

  function ended(id: string, state: OperationState): void {
    const operation = operations.get(id);
    endings.set(id, state);
    if (!operation || !('grant' in operation)) return;
    underWay.get(operation.grant)?.delete(id);
    if (state === 'REJECTED') return;
    const applied = operation.kind === 'apply-ecr-grant' ? operation.snapshot.spec : 'gone';
    outcomes.set(operation.grant, state === 'SUCCEEDED' ? applied : 'open');
  }

  return {
    ...{ ended, endings },
    begun(operation) {
      operations.set(operation.id, operation);
      if (!('grant' in operation)) return;
      const ids = underWay.get(operation.grant) ?? new Set();
      underWay.set(operation.grant, ids.add(operation.id));
    },
    isDue(grant, repository) {
      if ((underWay.get(grant)?.size ?? 0) > 0) return undefined;
      const outcome = outcomes.get(grant) ?? 'gone';
      if (outcome === 'open') return undefined;
      return outcome !== 'gone' && covers(outcome, repository);
    },
    hasEnded: (id) => endings.has(id),
    operationOf: (id) => operations.get(id),
  };
}
