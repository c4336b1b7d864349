import type { FleetEvent, Subject } from '../events/event.ts';
import type { EventLog, LoggedEvent } from '../ports/event-log.ts';
import type { FleetTable, Item, ItemKey } from './fleet-table.ts';
import { highest, readSlice } from './table-slice.ts';

function itemKey(customer: string, id: string): ItemKey {
  return { pk: `EVENTS#${customer}`, sk: id };
}

/** The audit log over the fleet's table: one partition a customer, in the order of the ids. */
export function createDynamoEvents(table: FleetTable): EventLog {
  const isNew = { expression: 'attribute_not_exists(pk)' };
  return {
    async intend(event) {
      await table.put({ ...itemKey(event.customer, event.id), ...event }, isNew);
    },
    async confirm(customer, id) {
      await table.update(itemKey(customer, id), {
        expression: 'REMOVE intended',
        condition: 'attribute_exists(pk)',
      });
    },
    async retract(customer, id) {
      await table.delete(itemKey(customer, id), { expression: 'attribute_exists(intended)' });
    },
    async publish(event) {
      await table.put({ ...itemKey(event.customer, event.id), ...event }, isNew);
    },
    async find(customer, id) {
      const item = await table.get(itemKey(customer, id));
      return item && loggedEvent(item);
    },
    async list(customer, { since, until }, request) {
      const { items, next } = await readSlice(
        table,
        {
          partition: { name: 'pk', value: itemKey(customer, '').pk },
          // An id is its time and more: everything of the last moment sorts before the highest.
          range: { first: since ?? ' ', last: `${until ?? ''}${highest}` },
          isDescending: true,
        },
        request,
      );
      return { items: items.map(({ position, value }) => ({ position, value: loggedEvent(value) })), next };
    },
  };
}

function loggedEvent(item: Item): LoggedEvent {
  const { pk: _pk, sk: _sk, intended, ...event } = item;
  // Written by this file alone, so their shapes are known.
  return {
    event: event as { [K in keyof FleetEvent]: FleetEvent[K] },
    ...(intended === undefined ? {} : { intended: intended as Subject }),
  };
}
