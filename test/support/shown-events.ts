import type { Fleet } from './fleet.ts';

export interface ShownEvent {
  readonly id: string;
  readonly type: string;
  readonly resource: string;
  readonly caller: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** The audit log of a customer as the API shows it, the oldest first; empty of one that never was. */
export async function shownEvents(fleet: Fleet, customer = 'acme'): Promise<readonly ShownEvent[]> {
  const answer = await fleet.call('GET', `/v1/customers/${customer}/events?pageSize=200`);
  if (answer.status === 404) return [];
  const { items } = (await answer.json()) as { items: ShownEvent[] };
  return items.toReversed();
}
