import type { EventLog } from '../ports/event-log.ts';
import type { OperationEnd, OperationStore } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import { keptOf } from './leavings.ts';
import { publishOperationEvents } from './operation-events.ts';
import { isTerminal, subjectOf } from './operation.ts';
import type { Operation, OperationFailure, OperationState } from './operation.ts';

export type Ending =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly failure: OperationFailure }
  | { readonly kind: 'stopped' };

export interface EndDependencies {
  readonly operations: OperationStore;
  readonly registry: Registry;
  readonly events: EventLog;
  readonly now: () => Date;
}

/**
 * Ends an operation: terminal state, then its subject is free, then it is closed. `stopped` ends as cancelled if somebody asked for that.
 * May be cut between its writes and called again; a state that is terminal already is left as it is.
 */
export async function endOperation(deps: EndDependencies, id: string, ending: Ending): Promise<void> {
  const { from, end } = transitionOf(ending, deps.now().toISOString());
  await deps.operations.end(id, from, end);
  const operation = await deps.operations.get(id);
  // Whoever still runs needs it for itself.
  if (operation && isTerminal(operation.state)) await finishEnd(deps, operation);
}

/** Frees what an operation had that has ended, tells of it, and closes it: from then on the sweeper lets it be. */
export async function finishEnd(deps: Omit<EndDependencies, 'now'>, operation: Operation): Promise<void> {
  const { id, customer } = operation;
  const holder = { customer, operationId: id, ...subjectOf(operation) };
  await deps.registry.release({ ...holder, finished: keptOf(operation) });
  await publishOperationEvents(deps.events, operation);
  await deps.operations.close(id);
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
