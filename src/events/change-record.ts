import type { EventLog } from '../ports/event-log.ts';
import type { WriteOutcome } from '../ports/registry.ts';
import type { Place, RecordChange } from '../registry/place.ts';
import { changedMeanwhile } from '../registry/precondition.ts';
import { eventId, timeOfEvent } from './event.ts';
import type { Actor, EventType, Subject } from './event.ts';

export interface ChangeDependencies {
  readonly events: EventLog;
  readonly now: () => Date;
  readonly randomId: () => string;
}

export interface Change {
  readonly customer: string;
  readonly actor: Actor;
  readonly type: EventType;
  readonly resource: string;
  readonly subject: Omit<Subject, 'version'>;
  /** The record as it was read. */
  readonly place: Place<{ readonly spec: object }>;
  readonly after?: object | undefined;
  readonly at: string;
  readonly write: (change: RecordChange) => Promise<WriteOutcome>;
}

/**
 * Changes a record between two writes to the audit log: announced, and confirmed. Before that, the event of the change
 * that was made last is confirmed, should it still lack that: so whoever finds a record past an announcement knows that
 * it came to nothing (`judgeIntended`). Cut anywhere, no change is without its event and no event without its change.
 */
export async function changeRecord(deps: ChangeDependencies, change: Change): Promise<void> {
  const { customer, actor, type, resource, place, after } = change;
  await settleLast(deps, customer, place.changedBy);
  const at = notBefore(change.at, place.changedBy);
  const id = eventId(at, deps.randomId());
  const version = place.version + 1;
  const before = place.record?.spec;
  const intended = { ...change.subject, version };
  await deps.events.intend({ ...actor, id, at, customer, type, resource, before, after, intended });
  const written = await change.write({ version, changedBy: id });
  if (written.kind === 'changed') {
    await deps.events.retract(customer, id);
    throw changedMeanwhile();
  }
  await deps.events.confirm(customer, id);
}

/** Clocks of two functions may differ: a change never seems to come before the one that it was made on top of. */
function notBefore(at: string, last: string | undefined): string {
  const lastAt = last === undefined ? undefined : timeOfEvent(last);
  if (lastAt === undefined || lastAt < at) return at;
  return new Date(Date.parse(lastAt) + 1).toISOString();
}

async function settleLast(deps: ChangeDependencies, customer: string, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const last = await deps.events.find(customer, id);
  if (last?.intended) await deps.events.confirm(customer, id);
}
