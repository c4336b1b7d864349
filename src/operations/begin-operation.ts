import { FleetError, OutsideCallError } from '../errors.ts';
import type { OperationStore, Transition } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import type { WorkflowEngine } from '../ports/workflow-engine.ts';
import { operationIdFor } from './operation-id.ts';
import { hasFreedItsKey, isTerminal } from './operation.ts';
import type { Operation } from './operation.ts';

export interface BeginDependencies {
  readonly operations: OperationStore;
  readonly registry: Registry;
  readonly engine: WorkflowEngine;
  readonly now: () => Date;
  readonly randomId: () => string;
  /** Told when an accepted operation could not be started at once; the sweeper starts it. */
  readonly onStartFailed: (operationId: string, error: OutsideCallError) => void;
}

export interface BeginRequest {
  /** All of the operation but its id. */
  readonly draft: Omit<Operation, 'id'>;
  readonly idempotency?: { readonly key: string; readonly method: string; readonly path: string } | undefined;
  /** Path of an operation, for `Location`. */
  readonly pathOf: (operationId: string) => string;
}

/** Far more retries under one key than anyone makes in a day. */
const maxOperationsPerKey = 200;

/**
 * Accepts an operation (design §5): put the item if absent, claim the cluster, start the execution. Each write is
 * conditional and safe to repeat, so a request that comes again, or goes on after a crash, ends with one operation.
 */
export async function beginOperation(deps: BeginDependencies, request: BeginRequest): Promise<Operation> {
  const own = await putOperation(deps, request);
  if (own.kind === 'answered') return own.operation;
  return claimAndStart(deps, own.operation, request);
}

type PutResult = { readonly kind: 'mine' | 'answered'; readonly operation: Operation };

async function putOperation(deps: BeginDependencies, request: BeginRequest): Promise<PutResult> {
  if (!request.idempotency) {
    const operation = { ...request.draft, id: `op-${deps.randomId().toLowerCase()}` };
    await deps.operations.putIfAbsent(operation);
    return { kind: 'mine', operation };
  }
  const scope = { customer: request.draft.customer, ...request.idempotency };
  for (let n = 0; n < maxOperationsPerKey; n += 1) {
    const operation: Operation = { ...request.draft, id: operationIdFor(scope, n) };
    const put = await deps.operations.putIfAbsent(operation);
    if (put.kind === 'written') return { kind: 'mine', operation };
    const present = await deps.operations.get(operation.id);
    if (!present || hasFreedItsKey(present, deps.now())) continue;
    const joined = present.joined === undefined ? undefined : await deps.operations.get(present.joined);
    // A key answers with the operation that it joined, and is free when that one's would be.
    if (joined && hasFreedItsKey(joined, deps.now())) continue;
    return answerFor(joined ?? present, present.fingerprint === request.draft.fingerprint);
  }
  throw new FleetError('idempotency-key-reused', 'This idempotency key was used too often; take a new one.');
}

function answerFor(operation: Operation, isSameRequest: boolean): PutResult {
  if (!isSameRequest) {
    throw new FleetError(
      'idempotency-key-reused',
      'This idempotency key was used within the last 24 hours for a request with another body, or before the specs ' +
        'that it acts on were changed. Send a new key.',
    );
  }
  // The first request may have died between its item and its start: go on where it stopped.
  return { kind: operation.state === 'PENDING' ? 'mine' : 'answered', operation };
}

async function claimAndStart(deps: BeginDependencies, operation: Operation, request: BeginRequest): Promise<Operation> {
  const holder = await claim(deps, operation);
  if (holder === undefined) {
    await startQuietly(deps, operation);
    return (await deps.operations.get(operation.id)) ?? operation;
  }
  const rejected = await reject(deps, operation, holder);
  // The holder may have ended since, and the sweeper may have started ours: then ours it is.
  if (rejected.kind === 'refused' && rejected.state !== 'REJECTED') {
    return (await deps.operations.get(operation.id)) ?? operation;
  }
  if (isSameWish(operation, holder)) return holder;
  const location = request.pathOf(holder.id);
  throw new FleetError(
    'operation-in-progress',
    `Operation ${holder.id} is working on this cluster towards another state, until ${holder.deadlineAt} at the latest. Wait for it to end (see Location), then call again.`,
    { location },
  );
}

function isSameWish(one: Operation, other: Operation): boolean {
  return one.desiredHash === other.desiredHash;
}

/** Another operation has the cluster: one that wants the same is joined. */
export function reject(
  deps: Pick<BeginDependencies, 'operations' | 'now'>,
  operation: Operation,
  holder: Operation,
): Promise<Transition> {
  return deps.operations.end(operation.id, ['PENDING'], {
    state: 'REJECTED',
    at: deps.now().toISOString(),
    joined: isSameWish(operation, holder) ? holder.id : undefined,
  });
}

/** `undefined` when the cluster is ours, else the operation that has it and has not ended. */
export async function claim(
  deps: Pick<BeginDependencies, 'operations' | 'registry'>,
  operation: Operation,
): Promise<Operation | undefined> {
  const mine = { customer: operation.customer, cluster: operation.cluster, operationId: operation.id };
  let outcome = await deps.registry.claim(mine);
  for (let tries = 0; outcome.kind === 'held' && tries < 5; tries += 1) {
    const holder = await deps.operations.get(outcome.operationId);
    if (holder && !isTerminal(holder.state)) return holder;
    outcome = await deps.registry.claim({ ...mine, instead: outcome.operationId });
  }
  if (outcome.kind === 'claimed') return undefined;
  if (outcome.kind === 'no-such-cluster') throw new FleetError('not-found', 'There is no such cluster.');
  throw new FleetError('service-unavailable', 'The cluster changes hands too fast. Call again.', { retryable: true });
}

/** The caller waits for it, and the sweeper is there. */
const startTimeoutMs = 4000;

/** An accepted operation stays accepted: what could not be started now is started by the sweeper. */
async function startQuietly(deps: BeginDependencies, operation: Operation): Promise<void> {
  try {
    await deps.engine.start(
      { workflow: operation.kind, operationId: operation.id },
      AbortSignal.timeout(startTimeoutMs),
    );
  } catch (error) {
    if (!(error instanceof OutsideCallError)) throw error;
    deps.onStartFailed(operation.id, error);
  }
}
