/** What the audit log tells of. */
export const eventTypes = [
  'customer.created',
  'customer.updated',
  'customer.deleted',
  'account.created',
  'account.updated',
  'account.deleted',
  'cluster.created',
  'cluster.updated',
  'cluster.deleted',
  'ecr-grant.created',
  'ecr-grant.updated',
  'ecr-grant.withdrawn',
  'ecr-grant.deleted',
  'operation.accepted',
  'operation.cancel-requested',
  'operation.ended',
] as const;
export type EventType = (typeof eventTypes)[number];

/** Whoever caused a change, and the request that it came with. */
export interface Actor {
  /** ARN of the caller as the gateway authenticated it; `fleet-api` where the product acted by itself. */
  readonly caller: string;
  readonly requestId?: string | undefined;
}

export interface FleetEvent extends Actor {
  /** Begins with the time, so that ids sort as the events happened. */
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  readonly customer: string;
  readonly type: EventType;
  /** Path of what was changed, from the API's root. */
  readonly resource: string;
  /** Absent of what was created. */
  readonly before?: unknown;
  /** Absent of what was deleted. */
  readonly after?: unknown;
}

/** The record that an announced change is made to, and the version that the change makes. */
export interface Subject {
  readonly kind: 'customer' | 'account' | 'cluster' | 'grant';
  readonly id: string;
  readonly version: number;
}

export interface IntendedEvent extends FleetEvent {
  readonly intended: Subject;
}

/** The product itself, as the caller of what nobody asked for in that moment. */
export const ownCaller = 'fleet-api';

/** `unique` is an id of its own, or says what the event is of where it is to be the same each time. */
export function eventId(at: string, unique: string): string {
  return `${at}_${unique.toLowerCase()}`;
}

/** The time that an id begins with. */
export function timeOfEvent(id: string): string | undefined {
  return /^(\d{4}-[^_]+)_/.exec(id)?.[1];
}

export type Verdict = 'happened' | 'did-not-happen' | 'not-known-yet';

/**
 * Judges an announced change by the record as it is now. Whoever changes a record first confirms the event of the
 * change before it, so that of two announcements of one version an unconfirmed one that the record has passed is void.
 */
export function judgeIntended(
  event: { readonly id: string; readonly intended: Subject },
  place: { readonly version: number; readonly changedBy?: string | undefined },
): Verdict {
  if (place.version < event.intended.version) return 'not-known-yet';
  const isLast = place.version === event.intended.version && place.changedBy === event.id;
  return isLast ? 'happened' : 'did-not-happen';
}
