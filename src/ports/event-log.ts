import type { FleetEvent, IntendedEvent } from '../events/event.ts';
import type { Slice, SliceRequest } from '../registry/page.ts';

/** `intended` is absent of an event that has certainly happened. */
export interface LoggedEvent {
  readonly event: FleetEvent;
  readonly intended?: IntendedEvent['intended'] | undefined;
}

/**
 * The audit log. A change of a record is announced before it is made and confirmed after it, so that none goes without
 * its event; an announcement that was never confirmed is judged by the record's version (`src/events/event.service.ts`).
 */
export interface EventLog {
  /** Announces a change that is about to be made. */
  intend(event: IntendedEvent): Promise<void>;
  /** The change was made. Confirmed already is success. */
  confirm(customer: string, id: string): Promise<void>;
  /** The change was not made; the event goes, unless it is confirmed. */
  retract(customer: string, id: string): Promise<void>;
  /** Adds what has happened; there already is success. */
  publish(event: FleetEvent): Promise<void>;
  find(customer: string, id: string): Promise<LoggedEvent | undefined>;
  /** The newest first; `since` and `until` are RFC 3339, both inclusive. Positions are ids. */
  list(
    customer: string,
    between: { readonly since?: string | undefined; readonly until?: string | undefined },
    request: SliceRequest,
  ): Promise<Slice<LoggedEvent>>;
}
