import { FleetError, OutsideCallError } from '../errors.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { OperationStore } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import type { WorkflowEngine } from '../ports/workflow-engine.ts';
import { changesHands, claim, isJoined, reject } from './claim-subject.ts';
import { endOperation } from './end-operation.ts';
import { operationPath, publishOperationEvents } from './operation-events.ts';
import { operationIdFor } from './operation-id.ts';
import { deadlineOf, hasFreedItsKey, workflowOf } from './operation.ts';
import type { Operation, OperationDraft } from './operation.ts';

export interface BeginDependencies {
  readonly operations: OperationStore;
  readonly registry: Registry;
  readonly events: EventLog;
  readonly engine: WorkflowEngine;
  readonly now: () => Date;
  readonly randomId: () => string;
  /** Told when an accepted operation could not be started at once; the sweeper starts it. */
  readonly onStartFailed: (operationId: string, error: OutsideCallError) => void;
}

export interface BeginRequest {
  readonly draft: OperationDraft;
  /**
   * Writes what the caller declares, once nobody else can work on it and before the work begins. Its `FleetError` ends
   * the operation. The operation's first step must do the same: whoever begins it here may die.
   */
  readonly declare?: ((operation: Operation) => Promise<void>) | undefined;
  readonly idempotency?: { readonly key: string; readonly method: string; readonly path: string } | undefined;
}

/** Each further one means that another request under the key came in between. */
const mostTries = 20;

/**
 * Accepts an operation (design §5): put the item if absent, claim its subject, start the execution. Each write is
 * conditional and safe to repeat, so a request that comes again, or goes on after a crash, ends with one operation.
 */
export async function beginOperation(deps: BeginDependencies, request: BeginRequest): Promise<Operation> {
  const own = await putOperation(deps, request);
  if (own.kind === 'answered') return own.operation;
  return claimAndStart(deps, own.operation, request.declare);
}

type PutResult = { readonly kind: 'mine' | 'answered'; readonly operation: Operation };

async function putOperation(deps: BeginDependencies, request: BeginRequest): Promise<PutResult> {
  if (!request.idempotency) {
    const operation: Operation = { ...request.draft, id: `op-${deps.randomId().toLowerCase()}` };
    await deps.operations.putIfAbsent(operation);
    return { kind: 'mine', operation };
  }
  const scope = { customer: request.draft.customer, ...request.idempotency };
  const idOf = (n: number) => operationIdFor(scope, n);
  // Most keys are new.
  let n = 0;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const operation: Operation = { ...request.draft, id: idOf(n) };
    const put = await deps.operations.putIfAbsent(operation);
    if (put.kind === 'written') return { kind: 'mine', operation };
    const own = await deps.operations.get(operation.id);
    const present = own && (await keyHolder(deps, own));
    if (present) return answerFor(present.shown, present.own.fingerprint === request.draft.fingerprint);
    n = await firstAfterFreed(deps, idOf, n);
  }
  throw changesHands();
}

/** With the operation that the key answers with; `undefined` when it is free of this one. */
async function keyHolder(
  deps: BeginDependencies,
  own: Operation,
): Promise<{ readonly own: Operation; readonly shown: Operation } | undefined> {
  if (hasFreedItsKey(own, deps.now())) return undefined;
  // A key answers with the operation that it joined, and is free when that one's would be.
  const joined = own.joined === undefined ? undefined : await deps.operations.get(own.joined);
  return joined && hasFreedItsKey(joined, deps.now()) ? undefined : { own, shown: joined ?? own };
}

/**
 * The first number that no operation which has freed the key stands under, known that `freed` is one. All before it have
 * freed the key as well (a new one follows only upon such), so a key of many years is found in a few steps.
 */
async function firstAfterFreed(deps: BeginDependencies, idOf: (n: number) => string, freed: number): Promise<number> {
  const isFreed = async (n: number) => {
    const own = await deps.operations.get(idOf(n));
    return own !== undefined && (await keyHolder(deps, own)) === undefined;
  };
  let [low, step] = [freed, 1];
  while (await isFreed(low + step)) {
    low += step;
    step *= 2;
  }
  let high = low + step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await isFreed(middle)) low = middle;
    else high = middle;
  }
  return high;
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

async function claimAndStart(
  deps: BeginDependencies,
  operation: Operation,
  declare: BeginRequest['declare'],
): Promise<Operation> {
  const claimed = await claim(deps, operation);
  if (claimed.kind === 'mine') {
    await publishOperationEvents(deps.events, operation);
    await declared(deps, operation, declare);
    await startQuietly(deps, operation);
    return (await deps.operations.get(operation.id)) ?? operation;
  }
  if (claimed.kind === 'too-late') return answerTooLate(claimed.operation);
  const holder = claimed.kind === 'held' ? claimed.holder : undefined;
  const rejected = await reject(deps, operation, holder);
  // The holder may have ended since, and the sweeper may have started ours: then ours it is.
  if (rejected.kind === 'refused' && rejected.state !== 'REJECTED') {
    return (await deps.operations.get(operation.id)) ?? operation;
  }
  if (holder === undefined) throw await nothingToClaim(deps, operation);
  if (isJoined(operation, holder)) return holder;
  throw inProgress(operation, holder);
}

function inProgress(operation: Operation, holder: Operation): FleetError {
  const how =
    holder.state === 'CANCELLING'
      ? 'and is being cancelled'
      : `towards another state, as things stand until ${deadlineOf(holder)} at the latest`;
  return new FleetError(
    'operation-in-progress',
    `Operation ${holder.id} is working on ${subjectText(operation)} ${how}. Wait for it to end (see Location), then call again.`,
    { location: operationPath(holder) },
  );
}

/** What was declared in vain is no longer to be worked on. */
async function declared(
  deps: BeginDependencies,
  operation: Operation,
  declare: BeginRequest['declare'],
): Promise<void> {
  try {
    await declare?.(operation);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await deps.operations.end(operation.id, ['PENDING'], {
      state: 'FAILED',
      at: deps.now().toISOString(),
      failure: {
        step: 'start',
        code: 'spec-changed',
        detail: error.detail,
        retryable: true,
        remedies: ['Read it again, then repeat the request.'],
      },
    });
    await endOperation(deps, operation.id, { kind: 'stopped' });
    throw error;
  }
}

/** The cluster is gone, or is going; all else is there as soon as it is claimed. */
async function nothingToClaim(deps: BeginDependencies, operation: Operation): Promise<FleetError> {
  const { customer } = operation;
  if (operation.kind !== 'bootstrap-cluster') return changesHands();
  const { cluster } = operation;
  if (await deps.registry.getCluster(customer, cluster)) {
    return new FleetError(
      'conflict',
      `The cluster ${cluster} is being deleted. Repeat the DELETE, or PUT the cluster to keep it.`,
      { retryable: true },
    );
  }
  return new FleetError('not-found', `The customer ${customer} has no cluster ${cluster}.`);
}

/** Somebody else brought the operation to its end in the meantime: the same request again, or the sweeper. */
function answerTooLate(operation: Operation | undefined): Operation {
  if (operation && operation.state !== 'REJECTED') return operation;
  throw changesHands();
}

function subjectText(operation: Operation): string {
  switch (operation.kind) {
    case 'bootstrap-cluster':
      return 'this cluster';
    case 'apply-ecr-grant':
    case 'withdraw-ecr-grant':
      return 'this grant';
    case 'reconcile-ecr-registry':
    case 'restore-ecr-policy':
      return 'this registry';
  }
}

/** The caller waits for it, and the sweeper is there. */
const startTimeoutMs = 4000;

/** An accepted operation stays accepted: what could not be started now is started by the sweeper. */
async function startQuietly(deps: BeginDependencies, operation: Operation): Promise<void> {
  try {
    await deps.engine.start(
      { workflow: workflowOf(operation.kind), operationId: operation.id },
      AbortSignal.timeout(startTimeoutMs),
    );
  } catch (error) {
    if (!(error instanceof OutsideCallError)) throw error;
    deps.onStartFailed(operation.id, error);
  }
}
