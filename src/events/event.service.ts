import { FleetError } from '../errors.ts';
import type { EventLog, LoggedEvent } from '../ports/event-log.ts';
import type { Found, Registry, Scope } from '../ports/registry.ts';
import { readPage } from '../registry/page.ts';
import type { Page, Positioned, Slice } from '../registry/page.ts';
import { judgeIntended } from './event.ts';
import type { EventType, FleetEvent, Subject } from './event.ts';

export interface EventDependencies {
  readonly registry: Registry;
  readonly events: EventLog;
}

export interface EventQuery {
  readonly customer: string;
  readonly type?: EventType | undefined;
  readonly caller?: string | undefined;
  /** Path of a resource. */
  readonly resource?: string | undefined;
  /** RFC 3339, both inclusive. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly size: number;
  readonly after?: string | undefined;
}

/** The audit log of a customer that exists or existed, the newest first. */
export async function listEvents(deps: EventDependencies, query: EventQuery): Promise<Page<FleetEvent>> {
  const { customer } = await deps.registry.read({ customer: query.customer });
  if (customer.version === 0) throw new FleetError('not-found', `There is no customer ${query.customer}.`);
  const { since, until, size, after } = query;
  const isFiltered = query.type ?? query.caller ?? query.resource;
  return readPage(
    async (request) => settled(deps, query.customer, await deps.events.list(query.customer, { since, until }, request)),
    { size, after, accepts: isFiltered === undefined ? undefined : (event) => matches(event, query) },
  );
}

function matches(event: FleetEvent, { type, caller, resource }: EventQuery): boolean {
  return (
    (type === undefined || event.type === type) &&
    (caller === undefined || event.caller === caller) &&
    (resource === undefined || event.resource === resource)
  );
}

/** Only what has happened is shown; what was announced and never confirmed is judged here, and mended in the log. */
async function settled(
  deps: EventDependencies,
  customer: string,
  slice: Slice<LoggedEvent>,
): Promise<Slice<FleetEvent>> {
  const items: Positioned<FleetEvent>[] = [];
  for (const { position, value } of slice.items) {
    if (await hasHappened(deps, customer, value)) items.push({ position, value: value.event });
  }
  return { items, next: slice.next };
}

async function hasHappened(
  deps: EventDependencies,
  customer: string,
  { event, intended }: LoggedEvent,
): Promise<boolean> {
  if (intended === undefined) return true;
  const place = placeIn(await deps.registry.read(scopeOf(customer, intended)), intended);
  switch (judgeIntended({ id: event.id, intended }, place)) {
    case 'happened':
      await deps.events.confirm(customer, event.id);
      return true;
    case 'did-not-happen':
      await deps.events.retract(customer, event.id);
      // Whoever changed the record next confirmed it first, perhaps just now.
      return (await deps.events.find(customer, event.id)) !== undefined;
    case 'not-known-yet':
      return false;
  }
}

function scopeOf(customer: string, { kind, id }: Subject): Scope {
  switch (kind) {
    case 'customer':
      return { customer };
    case 'account':
      return { customer, accountId: id };
    case 'cluster':
      return { customer, cluster: id };
    case 'grant':
      return { customer, grant: id };
  }
}

function placeIn(found: Found, { kind }: Subject) {
  return found[kind];
}
