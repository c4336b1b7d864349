import type { OperationStore } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import type { Operation, OperationFailure } from './operation.ts';

export type Ending =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly failure: OperationFailure }
  | { readonly kind: 'stopped' };

/**
 * Ends an operation: terminal state, then the cluster is free. `stopped` ends as cancelled if somebody asked for that.
 * May be cut between its writes and called again; a state that is terminal already is left as it is.
 */
export async function endOperation(
  deps: { readonly operations: OperationStore; readonly registry: Registry; readonly now: () => Date },
  operation: Operation,
  ending: Ending,
): Promise<void> {
  const at = deps.now().toISOString();
  switch (ending.kind) {
    case 'succeeded':
      await deps.operations.end(operation.id, ['RUNNING', 'CANCELLING'], { state: 'SUCCEEDED', at });
      break;
    case 'failed':
      await deps.operations.end(operation.id, ['RUNNING', 'CANCELLING'], { state: 'FAILED', at, failure: ending.failure });
      break;
    case 'stopped':
      await deps.operations.end(operation.id, ['CANCELLING'], { state: 'CANCELLED', at });
      break;
  }
  await deps.registry.release({ customer: operation.customer, cluster: operation.cluster, operationId: operation.id });
}
