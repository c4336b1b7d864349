import { describe, expect, it } from 'vitest';
import { createDynamoEvents } from '../../src/adapters/dynamodb-events.ts';
import { createDynamoRegistry } from '../../src/adapters/dynamodb-registry.ts';
import { listEvents } from '../../src/events/event.service.ts';
import type { EventQuery } from '../../src/events/event.service.ts';
import { eventId } from '../../src/events/event.ts';
import type { FleetEvent, Subject } from '../../src/events/event.ts';
import { recordKinds } from '../contracts/registry-records.ts';
import { auditedCustomer } from '../support/audited-customer.ts';
import { Crash, withFaults } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const minute = (n: number) => `2027-01-01T00:0${n}:00.000Z`;

function event(name: string, at: string, fields: Partial<FleetEvent> = {}): FleetEvent {
  return {
    ...{ id: eventId(at, name), at, customer: 'acme', type: 'cluster.updated', caller: 'operator' },
    resource: '/v1/customers/acme/clusters/production',
    ...fields,
  };
}

/** The customer acme was made by `one`, and that is told. */
async function given() {
  const table = createMemoryTable();
  const now = () => new Date(minute(0));
  const customer = auditedCustomer(now);
  const registry = withFaults(customer.witness(createDynamoRegistry(table)));
  const events = withFaults(createDynamoEvents(table));
  const ports = { registry: registry.port, events: events.port };
  await customer.change(ports, 'one');
  const list = (query: Partial<EventQuery> = {}) => listEvents(ports, { customer: 'acme', size: 50, ...query });
  const names = async (query: Partial<EventQuery> = {}) =>
    (await list(query)).items.map(({ id }) => id.slice(id.indexOf('_') + 1));
  return { customer, ports, faults: { registry: registry.faults, events: events.faults }, list, names };
}

describe('the events of a customer', () => {
  const told = [
    event('a', minute(1), { type: 'account.created', caller: 'first' }),
    event('b', minute(2), { resource: '/v1/customers/acme/clusters/staging' }),
    event('c', minute(3), { caller: 'first' }),
    event('d', minute(4)),
  ];
  async function filled() {
    const made = await given();
    for (const each of told) await made.ports.events.publish(each);
    return made;
  }

  it.each<[string, Partial<EventQuery>, readonly string[]]>([
    ['all', {}, ['d', 'c', 'b', 'a', 'one']],
    ['of a type', { type: 'account.created' }, ['a']],
    ['of a caller', { caller: 'first' }, ['c', 'a']],
    ['of a resource', { resource: '/v1/customers/acme/clusters/production' }, ['d', 'c', 'a']],
    ['since a moment', { since: minute(3) }, ['d', 'c']],
    ['until a moment', { until: minute(1) }, ['a', 'one']],
    ['of all that at once', { caller: 'first', type: 'cluster.updated', since: minute(1), until: minute(3) }, ['c']],
    ['of a caller who did nothing', { caller: 'nobody' }, []],
  ])('are listed the newest first: %s', async (_, query, expected) => {
    const { names } = await filled();

    expect(await names(query)).toEqual(expected);
  });

  it.each([1, 2, 3])('are whole by pages of %i', async (size) => {
    const { list } = await filled();
    const pages: string[][] = [];

    let after: string | undefined;
    do {
      const page = await list({ size, after });
      pages.push(page.items.map(({ id }) => id.slice(id.indexOf('_') + 1)));
      after = page.next;
    } while (after !== undefined);

    expect(pages.flat()).toEqual(['d', 'c', 'b', 'a', 'one']);
    expect(pages.every((page) => page.length <= size)).toBe(true);
  });

  it('stay readable when the customer was deleted', async () => {
    const { customer, ports, names } = await given();

    await customer.remove(ports, 'two');

    expect((await names()).toSorted()).toEqual(['one', 'two']);
  });

  it('of a customer that never was are not found', async () => {
    const { ports } = await given();

    const listed = listEvents(ports, { customer: 'nobody', size: 9 });

    await expect(listed).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('an announced event that nobody confirmed', () => {
  const announce = (name: string, at: string, intended: Subject) => ({ ...event(name, at), intended });
  const ofCustomer = (version: number): Subject => ({ kind: 'customer', id: 'acme', version });

  it('is not shown while nobody knows what will become of it, and stays', async () => {
    const { ports, names } = await given();
    const announced = announce('later', minute(1), ofCustomer(2));
    await ports.events.intend(announced);

    expect(await names()).toEqual(['one']);
    expect(await ports.events.find('acme', announced.id)).toHaveProperty('intended');
  });

  it('is shown and confirmed when its record says that it was made', async () => {
    const { customer, ports, faults, names } = await given();
    faults.events.fail('confirm', { when: 'before' });
    await expect(customer.change(ports, 'two')).rejects.toBeInstanceOf(Crash);
    // A millisecond behind the change that it was made on top of, though the clock stood still.
    const id = eventId(new Date(Date.parse(minute(0)) + 1).toISOString(), 'two');
    expect(await ports.events.find('acme', id)).toHaveProperty('intended');

    expect(await names()).toEqual(['two', 'one']);

    expect(await ports.events.find('acme', id)).not.toHaveProperty('intended');
  });

  it('is taken away when its record has another past', async () => {
    const { ports, names } = await given();
    const announced = announce('loser', minute(1), ofCustomer(1));
    await ports.events.intend(announced);

    expect(await names()).toEqual(['one']);
    expect(await ports.events.find('acme', announced.id)).toBeUndefined();
  });

  it.each(['confirm', 'retract'] as const)('is judged again when the reader died at %s', async (method) => {
    const { customer, ports, faults, names } = await given();
    faults.events.fail('confirm', { when: 'before' });
    await expect(customer.change(ports, 'two')).rejects.toBeInstanceOf(Crash);
    await ports.events.intend(announce('loser', minute(1), ofCustomer(1)));
    faults.events.fail(method, { when: 'before' });

    await expect(names()).rejects.toBeInstanceOf(Crash);

    expect(await names()).toEqual(['two', 'one']);
  });

  it('is shown although the record went on between the look at the log and the look at the record', async () => {
    const { customer, ports, faults, names } = await given();
    faults.events.fail('confirm', { when: 'before' });
    await expect(customer.change(ports, 'two')).rejects.toBeInstanceOf(Crash);
    faults.events.onCall('list', () => {
      // From here on the reader knows the log, and not yet the record.
      faults.registry.onCall('read', async () => {
        faults.registry.onCall('read', () => undefined);
        await customer.change(ports, 'three');
      });
    });

    expect(await names()).toEqual(['two', 'one']);
    expect((await names()).toSorted()).toEqual(['one', 'three', 'two']);
  });

  it('does not make a page short', async () => {
    const { ports, list } = await given();
    await ports.events.publish(event('a', minute(1)));
    for (const name of ['x', 'y', 'z']) await ports.events.intend(announce(name, minute(2), ofCustomer(1)));

    const page = await list({ size: 2 });

    expect(page.items.map(({ id }) => id)).toEqual([eventId(minute(1), 'a'), eventId(minute(0), 'one')]);
  });

  it.each(recordKinds)('of kind $kind is judged by its own record', async ({ kind, write }) => {
    const { ports, names } = await given();
    const ids = { customer: 'acme', account: '111122223333', cluster: 'production', grant: 'staging-pull' };
    const id = ids[kind];
    const version = kind === 'customer' ? 2 : 1;
    const made = announce('made', minute(1), { kind, id, version });
    await ports.events.intend(made);
    await write(ports.registry, { version, changedBy: made.id });
    const other = announce('other', minute(2), { kind, id, version });
    await ports.events.intend(other);

    expect(await names()).toEqual(['made', 'one']);
    expect(await ports.events.find('acme', other.id)).toBeUndefined();
  });
});
