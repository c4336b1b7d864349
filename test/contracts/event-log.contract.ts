import { beforeEach, describe, expect, it } from 'vitest';
import { createDynamoEvents } from '../../src/adapters/dynamodb-events.ts';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import { eventId } from '../../src/events/event.ts';
import type { FleetEvent, IntendedEvent } from '../../src/events/event.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { readAll } from './registry-records.ts';

/** What the audit log promises (src/ports/event-log.ts); each test has a table of its own. */
export function eventLogContract(name: string, makeTable: () => Promise<FleetTable>): void {
  describe(`event log: ${name}`, () => {
    let table: FleetTable;
    const logs = {
      direct: createDynamoEvents,
      'answers lost': (over: FleetTable) => createDynamoEvents(losingAnswers(over)),
    };
    beforeEach(async () => {
      table = await makeTable();
    });

    describe.each(Object.entries(logs))('%s', (_, create) => {
      const log = () => create(table);
      describe('an announced event', () => {
        announced(log);
      });
      describe('a published event', () => {
        published(log);
      });
      describe('events', () => {
        lists(log);
      });
    });
  });
}

type Given = () => EventLog;

const minute = (n: number) => `2027-01-01T00:0${n}:00.000Z`;

function event(id: string, at = minute(0), customer = 'acme'): FleetEvent {
  return {
    ...{ id: eventId(at, id), at, customer, type: 'cluster.updated', caller: 'operator', requestId: 'request-1' },
    resource: '/v1/customers/acme/clusters/production',
    before: { labels: {} },
    after: { labels: { tier: 'gold' } },
  };
}

const intended = { kind: 'cluster', id: 'production', version: 2 } as const;
const announcement: IntendedEvent = { ...event('one'), intended };
const { id } = announcement;

function announced(given: Given): void {
  it('is found as announced, with what it was to change', async () => {
    const log = given();

    await log.intend(announcement);
    await log.intend(announcement);

    expect(await log.find('acme', id)).toEqual({ event: event('one'), intended });
    expect(await log.find('other', id)).toBeUndefined();
    expect(await log.find('acme', `${id}x`)).toBeUndefined();
  });

  it('has happened for ever once it is confirmed', async () => {
    const log = given();
    await log.intend(announcement);

    await log.confirm('acme', id);
    await log.confirm('acme', id);
    expect(await log.find('acme', id)).toEqual({ event: event('one') });

    await log.retract('acme', id);
    await log.intend(announcement);
    expect(await log.find('acme', id)).toEqual({ event: event('one') });
  });

  it('is gone once it is retracted', async () => {
    const log = given();
    await log.intend(announcement);

    await log.retract('acme', id);
    await log.retract('acme', id);

    expect(await log.find('acme', id)).toBeUndefined();
    expect(await log.list('acme', {}, { limit: 9 })).toEqual({ items: [] });
  });

  it('is not brought back by confirming what was retracted or never announced', async () => {
    const log = given();
    await log.intend(announcement);
    await log.retract('acme', id);

    await log.confirm('acme', id);
    await log.confirm('acme', event('two').id);

    expect((await log.list('acme', {}, { limit: 9 })).items).toEqual([]);
  });
}

function published(given: Given): void {
  it('has happened, and is there once however often it is told', async () => {
    const log = given();

    await log.publish(event('one'));
    await log.publish({ ...event('one'), caller: 'another' });

    expect(await log.find('acme', id)).toEqual({ event: event('one') });
    expect((await log.list('acme', {}, { limit: 9 })).items).toHaveLength(1);
  });

  it('is never retracted', async () => {
    const log = given();
    await log.publish(event('one'));

    await log.retract('acme', id);

    expect(await log.find('acme', id)).toEqual({ event: event('one') });
  });
}

/** Oldest first; two of them at the same moment. */
const told = [event('a', minute(1)), event('b', minute(2)), event('c', minute(2)), event('d', minute(3))];
const newestFirst = told.map((each) => each.id).toReversed();

function lists(given: Given): void {
  async function filled() {
    const log = given();
    for (const each of told) await log.publish(each);
    await log.publish(event('z', minute(2), 'acme-2'));
    const ids = async (between: Parameters<EventLog['list']>[1], limit = 9) =>
      (await readAll((request) => log.list('acme', between, request), limit)).map(({ value }) => value.event.id);
    return { log, ids };
  }

  it.each([1, 2, 3, 4, 5])('of a customer are listed whole and the newest first by slices of %i', async (limit) => {
    const { log, ids } = await filled();

    expect(await ids({}, limit)).toEqual(newestFirst);
    const { items } = await log.list('acme', {}, { limit: 9 });
    expect(items.map(({ position, value }) => position === value.event.id)).toEqual([true, true, true, true]);
    expect(items[0]?.value).toEqual({ event: told.at(-1) });
    expect(await log.list('nobody', {}, { limit: 9 })).toEqual({ items: [] });
  });

  it.each([1, 9])('are listed from one moment to another, both inclusive, by slices of %i', async (limit) => {
    const { ids } = await filled();

    expect(await ids({ since: minute(2) }, limit)).toEqual(newestFirst.slice(0, 3));
    expect(await ids({ until: minute(2) }, limit)).toEqual(newestFirst.slice(1));
    expect(await ids({ since: minute(2), until: minute(2) }, limit)).toEqual(newestFirst.slice(1, 3));
    expect(await ids({ since: '2027-01-01T00:02:00.001Z' }, limit)).toEqual(newestFirst.slice(0, 1));
    expect(await ids({ until: '2027-01-01T00:01:59.999Z' }, limit)).toEqual(newestFirst.slice(3));
    expect(await ids({ since: minute(3), until: minute(1) }, limit)).toEqual([]);
  });

  it('behind a position outside of the time asked for do not leave it', async () => {
    const { log } = await filled();
    const between = { since: minute(2), until: minute(2) };
    const behind = async (after: string) =>
      (await log.list('acme', between, { after, limit: 9 })).items.map(({ value }) => value.event.id);

    expect(await behind(newestFirst[0] ?? '')).toEqual(newestFirst.slice(1, 3));
    expect(await behind(newestFirst[3] ?? '')).toEqual([]);
    expect(await behind('~')).toEqual(newestFirst.slice(1, 3));
  });

  it('are listed with those that are announced only, which say so', async () => {
    const { log } = await filled();
    await log.intend({ ...event('e', minute(4)), intended });

    const { items } = await log.list('acme', {}, { limit: 1 });

    expect(items).toEqual([{ position: event('e', minute(4)).id, value: { event: event('e', minute(4)), intended } }]);
  });
}
