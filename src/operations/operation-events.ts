import { eventId, ownCaller } from '../events/event.ts';
import type { FleetEvent } from '../events/event.ts';
import type { EventLog } from '../ports/event-log.ts';
import { isTerminal, subjectOf } from './operation.ts';
import type { Operation } from './operation.ts';

/**
 * What the audit log tells of an operation, worked out from its item: so none of it can be lost, and telling it again
 * changes nothing. One that was rejected was never accepted.
 */
export function operationEvents(operation: Operation): readonly FleetEvent[] {
  const { id, kind, customer, state, createdAt, endedAt, caller, requestId, cancelRequest, failure } = operation;
  if (state === 'REJECTED') return [];
  const resource = operationPath(operation);
  const tell = (told: Omit<FleetEvent, 'id' | 'customer' | 'resource'>): FleetEvent => {
    return { id: eventId(told.at, `${id}-${told.type}`), customer, resource, ...told };
  };
  const subject = subjectOf(operation);
  const accepted = { kind, ...subject, state: 'PENDING' };
  const events = [tell({ type: 'operation.accepted', at: createdAt, caller, requestId, after: accepted })];
  const begun = { state: operation.startedAt === undefined ? 'PENDING' : 'RUNNING' };
  const cancelling = { state: 'CANCELLING' };
  if (cancelRequest) {
    events.push(tell({ type: 'operation.cancel-requested', ...cancelRequest, before: begun, after: cancelling }));
  }
  if (isTerminal(state) && endedAt !== undefined) {
    const after = { kind, ...subject, state, ...(failure ? { failure } : {}) };
    const before = cancelRequest ? cancelling : begun;
    events.push(tell({ type: 'operation.ended', at: endedAt, caller: ownCaller, before, after }));
  }
  return events;
}

/**
 * Tells the audit log. All of it before the operation is closed, and whoever is cut short there is followed by the
 * sweeper; the moments before that tell what has just happened, so that nobody has to wait for it.
 */
export async function publishOperationEvents(
  log: EventLog,
  operation: Operation,
  only?: FleetEvent['type'],
): Promise<void> {
  for (const event of operationEvents(operation)) {
    if (only === undefined || event.type === only) await log.publish(event);
  }
}

/** From the API's root. */
export function operationPath({ customer, id }: Pick<Operation, 'customer' | 'id'>): string {
  return `/v1/customers/${customer}/operations/${id}`;
}
