import { FleetError } from '../errors.ts';
import type { Transition } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import type { EndDependencies } from './end-operation.ts';
import { finishEnd } from './end-operation.ts';
import { keptOf } from './leavings.ts';
import { isTerminal, subjectOf } from './operation.ts';
import type { Operation } from './operation.ts';

/** Another operation has its subject (one that wants the same is joined), or there is no cluster any more. */
export async function reject(
  deps: Pick<EndDependencies, 'operations' | 'registry' | 'now'>,
  operation: Operation,
  holder: Operation | undefined,
): Promise<Transition> {
  const rejected = await deps.operations.end(operation.id, ['PENDING'], {
    state: 'REJECTED',
    at: deps.now().toISOString(),
    joined: holder && isJoined(operation, holder) ? holder.id : undefined,
  });
  // The same request again may have got the subject for it meanwhile, and died before it could say so.
  if (rejected.kind === 'made') await deps.registry.release(holderOf(operation));
  return rejected;
}

export type Claimed =
  | { readonly kind: 'mine' }
  /** By an operation that has not ended. */
  | { readonly kind: 'held'; readonly holder: Operation }
  | { readonly kind: 'no-such-cluster' }
  /** The operation has ended, or is gone; its subject is free again. */
  | { readonly kind: 'too-late'; readonly operation: Operation | undefined };

/**
 * Takes the subject for the operation, and says so in the operation's item. Whoever does this may be slow, and meanwhile
 * another one may have done the same: seen the operation to its end, or rejected it. Then the subject is given back.
 */
export async function claim(deps: EndDependencies, operation: Operation): Promise<Claimed> {
  const claimed = await takeSubject(deps, operation);
  if (claimed.kind !== 'mine') return claimed;
  const accepted = await deps.operations.markAccepted(operation.id, deps.now().toISOString());
  if (accepted.kind === 'made' || (accepted.state !== undefined && !isTerminal(accepted.state))) return claimed;
  const ended = await deps.operations.get(operation.id);
  if (ended) await finishEnd(deps, ended);
  else await deps.registry.release(holderOf(operation));
  return { kind: 'too-late', operation: ended };
}

/** From one that has ended and could not say so, it is taken over. */
async function takeSubject(
  deps: Pick<EndDependencies, 'operations' | 'registry'>,
  operation: Operation,
): Promise<Exclude<Claimed, { readonly kind: 'too-late' }>> {
  const mine = holderOf(operation);
  let outcome = await deps.registry.claim(mine);
  if (outcome.kind === 'no-such-cluster' && (await isKept(deps.registry, operation))) {
    outcome = await deps.registry.claim(mine);
  }
  for (let tries = 0; outcome.kind === 'held' && tries < 5; tries += 1) {
    const holder = await deps.operations.get(outcome.operationId);
    if (holder && !isTerminal(holder.state)) return { kind: 'held', holder };
    const finished = holder && keptOf(holder);
    outcome = await deps.registry.claim({ ...mine, instead: { id: outcome.operationId, finished } });
  }
  if (outcome.kind === 'claimed') return { kind: 'mine' };
  if (outcome.kind === 'no-such-cluster') return { kind: 'no-such-cluster' };
  throw changesHands();
}

/** Declared again while a DELETE had retired it, and that died before it could take that back: then it is done here. */
async function isKept(registry: Registry, operation: Operation): Promise<boolean> {
  if (operation.kind !== 'bootstrap-cluster') return false;
  const { customer, cluster } = operation;
  const { cluster: place } = await registry.read({ customer, cluster });
  if (!place.record) return false;
  await registry.reinstate(customer, cluster, place.version);
  return true;
}

function holderOf(operation: Operation) {
  return { customer: operation.customer, operationId: operation.id, ...subjectOf(operation) };
}

/** It wants the same, and nobody has asked it to stop: what it comes to is an answer to the newcomer as well. */
export function isJoined(newcomer: Operation, holder: Operation): boolean {
  return newcomer.desiredHash === holder.desiredHash && holder.state !== 'CANCELLING';
}

export function changesHands(): FleetError {
  return new FleetError('service-unavailable', 'It changes hands too fast. Call again.', { retryable: true });
}
