import { setTimeout } from 'node:timers/promises';
import { FleetError } from '../errors.ts';
import type { Actor } from '../events/event.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { OperationStore } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import { readPage } from '../registry/page.ts';
import type { Page } from '../registry/page.ts';
import { operationPath, publishOperationEvents } from './operation-events.ts';
import { isResting } from './operation.ts';
import type { Operation, OperationKind, OperationState } from './operation.ts';

export interface OperationDependencies {
  readonly operations: OperationStore;
}

export interface OperationAddress {
  readonly customer: string;
  readonly id: string;
}

/** Another customer's operation does not exist. */
export async function getOperation(deps: OperationDependencies, address: OperationAddress): Promise<Operation> {
  const operation = await deps.operations.get(address.id);
  if (operation?.customer === address.customer) return operation;
  throw new FleetError('not-found', `The customer ${address.customer} has no operation ${address.id}.`);
}

/** Between two looks at the item, in milliseconds: a wait of 25 s costs at most some forty reads. */
const firstLookMs = 150;
const longestLookMs = 1000;

/** The operation once it rests, or as it is when the seconds have passed. */
export async function waitForOperation(
  deps: OperationDependencies,
  address: OperationAddress,
  waitSeconds: number,
): Promise<Operation> {
  const until = performance.now() + waitSeconds * 1000;
  let operation = await getOperation(deps, address);
  for (let pause = firstLookMs; !isResting(operation.state); pause = Math.min(pause * 1.3, longestLookMs)) {
    const left = until - performance.now();
    if (left <= 0) break;
    await setTimeout(Math.min(pause, left));
    operation = await getOperation(deps, address);
  }
  return operation;
}

export interface OperationQuery {
  /** Absent: the whole fleet. */
  readonly customer?: string | undefined;
  readonly state?: OperationState | undefined;
  readonly kind?: OperationKind | undefined;
  readonly cluster?: string | undefined;
  readonly grant?: string | undefined;
  readonly size: number;
  readonly after?: string | undefined;
}

/** The newest first; of a customer that exists or existed, or of the whole fleet. */
export async function listOperations(
  deps: OperationDependencies & { readonly registry: Registry },
  query: OperationQuery,
): Promise<Page<Operation>> {
  const { customer, state, kind, cluster, grant, size, after } = query;
  const isFiltered = state ?? kind ?? cluster ?? grant;
  const accepts = (operation: Operation) =>
    (state === undefined || operation.state === state) &&
    (kind === undefined || operation.kind === kind) &&
    (cluster === undefined || ('cluster' in operation && operation.cluster === cluster)) &&
    (grant === undefined || ('grant' in operation && operation.grant === grant));
  const page = { size, after, accepts: isFiltered === undefined ? undefined : accepts };
  if (customer === undefined) return readPage((request) => deps.operations.listAll(request), page);
  const { customer: place } = await deps.registry.read({ customer });
  if (place.version === 0) throw new FleetError('not-found', `There is no customer ${customer}.`);
  return readPage((request) => deps.operations.list(customer, request), page);
}

/**
 * Asks an operation to stop. It ends as `CANCELLED` before its next step; what is done already stays done, and a step
 * that is under way is not torn. Asked again, or cancelled already, is success.
 */
export async function cancelOperation(
  deps: OperationDependencies & { readonly events: EventLog; readonly now: () => Date },
  address: OperationAddress,
  actor: Actor,
): Promise<Operation> {
  await getOperation(deps, address);
  await deps.operations.requestCancel(address.id, { at: deps.now().toISOString(), ...actor });
  const operation = await getOperation(deps, address);
  if (operation.state !== 'CANCELLING' && operation.state !== 'CANCELLED') {
    throw new FleetError('operation-ended', `The operation has ended already: it is ${operation.state}.`, {
      location: operationPath(operation),
    });
  }
  await publishOperationEvents(deps.events, operation, 'operation.cancel-requested');
  return operation;
}
