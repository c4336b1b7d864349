import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDynamoEvents } from '../../src/adapters/dynamodb-events.ts';
import { createDynamoRegistry } from '../../src/adapters/dynamodb-registry.ts';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import { auditedCustomer } from '../support/audited-customer.ts';
import { Crash, withFaults } from '../support/faults.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { fleetClock } from '../support/fleet-clock.ts';
import { createInterleaving, turns } from '../support/interleaving.ts';

/** Each moment is a millisecond of its own, so that events sort as they were announced. */
function ticking() {
  const clock = fleetClock();
  return () => {
    clock.advance(1);
    return clock.now();
  };
}

function over(table: FleetTable) {
  const customer = auditedCustomer(ticking());
  const registry = withFaults(customer.witness(createDynamoRegistry(table)));
  const events = withFaults(createDynamoEvents(table));
  const ports = { registry: registry.port, events: events.port };
  const logged = async () => (await ports.events.list('acme', {}, { limit: 50 })).items.map(({ value }) => value);
  return { customer, ports, faults: { registry: registry.faults, events: events.faults }, logged };
}

const given = async () => over(createMemoryTable());

describe('a change of a record', () => {
  it('is announced before it is made, and confirmed after it', async () => {
    const { customer, ports, faults, logged } = await given();
    faults.registry.onCall('putCustomer', async () => {
      expect(await logged()).toMatchObject([{ intended: { kind: 'customer', id: 'acme', version: 1 } }]);
    });

    expect(await customer.change(ports, 'one')).toBe('changed');

    const [event] = await logged();
    expect(event).not.toHaveProperty('intended');
    expect(event).toMatchObject({
      event: { customer: 'acme', type: 'customer.created', caller: 'one', resource: '/v1/customers/acme' },
    });
    expect((await ports.registry.read({ customer: 'acme' })).customer.changedBy).toBe(event?.event.id);
  });

  it('is told with what was there before and what is there now', async () => {
    const { customer, ports, logged } = await given();

    await customer.change(ports, 'one');
    await customer.change(ports, 'two');
    await customer.remove(ports, 'three');

    const [deleted, updated, created] = (await logged()).map(({ event }) => event);
    expect(created).not.toHaveProperty('before');
    expect(created?.after).toMatchObject({ displayName: 'by one' });
    expect(updated).toMatchObject({ before: { displayName: 'by one' }, after: { displayName: 'by two' } });
    expect(deleted?.before).toMatchObject({ displayName: 'by two' });
    expect(deleted).not.toHaveProperty('after');
  });

  it('that somebody else was faster than leaves no event', async () => {
    const { customer, ports, faults, logged } = await given();
    await customer.change(ports, 'first');
    faults.registry.onCall('putCustomer', async () => {
      faults.registry.onCall('putCustomer', () => undefined);
      await customer.change(ports, 'faster');
    });

    expect(await customer.change(ports, 'slower')).toBe('conflict');

    expect((await logged()).map(({ event }) => event.caller)).toEqual(['faster', 'first']);
    expect(await customer.told(ports)).toEqual(customer.happened());
  });

  it('is made by one of many at once, and told of once', async () => {
    const { customer, ports, logged } = await given();
    const names = Array.from({ length: 8 }, (_, n) => `writer-${n}`);

    const outcomes = await Promise.all(names.map((name) => customer.change(ports, name)));

    expect(customer.happened().length).toBeGreaterThan(0);
    expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(customer.happened().length);
    expect((await customer.told(ports)).toSorted()).toEqual(customer.happened().toSorted());
    expect((await logged()).some(({ intended }) => intended !== undefined)).toBe(false);
  });

  it('is told of once although every answer of the table is lost', async () => {
    const { customer, ports } = over(losingAnswers(createMemoryTable()));

    for (const name of ['one', 'two', 'three']) expect(await customer.change(ports, name)).toBe('changed');
    await customer.remove(ports, 'four');

    expect(await customer.told(ports)).toEqual(['one', 'two', 'three', 'four']);
  });
});

/** The calls of a change in their order, and whether the change was made when it died there. */
const cuts = [
  ['find', 'before', false],
  ['find', 'after', false],
  ['intend', 'before', false],
  ['intend', 'after', false],
  ['putCustomer', 'before', false],
  ['putCustomer', 'after', true],
  ['confirm', 'before', true],
  ['confirm', 'after', true],
] as const;
type Cut = (typeof cuts)[number];

async function givenCut([method, when]: readonly [Cut[0], Cut[1], boolean?]) {
  const made = await given();
  await made.customer.change(made.ports, 'one');
  if (method === 'putCustomer') made.faults.registry.fail(method, { when });
  else made.faults.events.fail(method, { when });
  await expect(made.customer.change(made.ports, 'cut')).rejects.toBeInstanceOf(Crash);
  return made;
}

describe('a change that dies', () => {
  it.each(cuts)('at %s, %s: was it made? %s, and so it is told', async (...cut) => {
    const { customer, ports } = await givenCut(cut);
    const [, , isMade] = cut;

    expect(await customer.told(ports)).toEqual(isMade ? ['one', 'cut'] : ['one']);
    expect(await customer.told(ports)).toEqual(customer.happened());
  });

  it.each(cuts)('at %s, %s, and that nobody looked at, does not mislead about the next ones', async (...cut) => {
    const { customer, ports, logged } = await givenCut(cut);

    await customer.change(ports, 'two');
    await customer.change(ports, 'three');

    expect(await customer.told(ports)).toEqual(customer.happened());
    expect(customer.happened().slice(-2)).toEqual(['two', 'three']);
    expect((await logged()).some(({ intended }) => intended !== undefined)).toBe(false);
  });

  it.each(['before', 'after'] as const)('while it confirms the change before it (%s) loses neither', async (when) => {
    const { customer, ports, faults } = await givenCut(['confirm', 'before']);
    faults.events.fail('confirm', { when });

    await expect(customer.change(ports, 'two')).rejects.toBeInstanceOf(Crash);
    expect(await customer.told(ports)).toEqual(['one', 'cut']);
    await customer.change(ports, 'three');

    expect(await customer.told(ports)).toEqual(['one', 'cut', 'three']);
  });
});

describe('the audit log', () => {
  it('tells what happened and nothing else, however writers and readers meet and die', async () => {
    const property = fc.asyncProperty(turns, async (order) => {
      const { customer, ports } = await given();
      const meeting = createInterleaving(order);
      const shared = { registry: meeting.around(ports.registry), events: meeting.around(ports.events) };
      const writer =
        (name: string, isRemoval = false) =>
        async () => {
          for (const part of ['a', 'b']) {
            await (isRemoval ? customer.remove(shared, `${name}${part}`) : customer.change(shared, `${name}${part}`));
          }
        };
      const reader = async () => {
        for (let looks = 0; looks < 3; looks += 1) await lookAt();
      };
      const lookAt = async () => {
        const known = await shared.registry.read({ customer: 'acme' });
        if (known.customer.version === 0) return;
        const before = [...customer.happened()];
        const told = await customer.told(shared);
        expect(told).toEqual(expect.arrayContaining(before));
        expect(customer.happened()).toEqual(expect.arrayContaining([...told]));
      };

      const outcomes = await meeting.run([writer('one'), writer('two'), writer('three', true), reader]);

      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Crash);
      }
      await customer.change(ports, 'last');
      expect((await customer.told(ports)).toSorted()).toEqual(customer.happened().toSorted());
      expect(new Set(customer.happened()).size).toBe(customer.happened().length);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
