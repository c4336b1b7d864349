import type { OperationEnd, OperationStore } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import { isTerminal } from './operation.ts';
import type { Operation, OperationFailure, OperationState } from './operation.ts';

export type Ending =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly failure: OperationFailure }
  | { readonly kind: 'stopped' };

export interface EndDependencies {
  readonly operations: OperationStore;
  readonly registry: Registry;
  readonly now: () => Date;
}

/**
 * Ends an operation: terminal state, then the cluster is free, then it is closed. `stopped` ends as cancelled if somebody asked for that.
 * May be cut between its writes and called again; a state that is terminal already is left as it is.
 */
export async function endOperation(deps: EndDependencies, operation: Operation, ending: Ending): Promise<void> {
  const { from, end } = transitionOf(ending, deps.now().toISOString());
  const made = await deps.operations.end(operation.id, from, end);
  const hasNotEnded = made.kind === 'refused' && made.state !== undefined && !isTerminal(made.state);
  // Whoever still runs needs the cluster for itself.
  if (hasNotEnded) return;
  await finishEnd(deps, operation);
}

/** Frees the cluster of an operation that has ended. */
export async function finishEnd(deps: EndDependencies, operation: Operation): Promise<void> {
  await deps.registry.release({ customer: operation.customer, cluster: operation.cluster, operationId: operation.id });
  await deps.operations.close(operation.id);
}

function transitionOf(ending: Ending, at: string): { from: readonly OperationState[]; end: OperationEnd } {
  switch (ending.kind) {
    case 'succeeded':
      return { from: ['RUNNING', 'CANCELLING'], end: { state: 'SUCCEEDED', at } };
    case 'failed':
      return { from: ['RUNNING', 'CANCELLING'], end: { state: 'FAILED', at, failure: ending.failure } };
    case 'stopped':
      return { from: ['CANCELLING'], end: { state: 'CANCELLED', at } };
  }
}
