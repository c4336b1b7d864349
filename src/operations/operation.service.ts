import { setTimeout } from 'node:timers/promises';
import { FleetError } from '../errors.ts';
import type { OperationStore } from '../ports/operation-store.ts';
import { isResting } from './operation.ts';
import type { Operation } from './operation.ts';

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
