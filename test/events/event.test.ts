import { describe, expect, it } from 'vitest';
import { eventId, judgeIntended } from '../../src/events/event.ts';
import type { Verdict } from '../../src/events/event.ts';

describe('an event id', () => {
  it('sorts as the events happened', () => {
    const ids = [
      eventId('2027-01-01T00:00:00.000Z', 'Z'),
      eventId('2027-01-01T00:00:00.001Z', 'A'),
      eventId('2027-01-01T00:00:01.000Z', '0'),
    ];

    expect(ids.toReversed().toSorted()).toEqual(ids);
  });

  it('is the same for the same, in any case, and another for another', () => {
    const at = '2027-01-01T00:00:00.000Z';

    expect(eventId(at, 'ABC')).toBe(eventId(at, 'abc'));
    expect(eventId(at, 'ABC')).not.toBe(eventId(at, 'ABD'));
  });
});

describe('an announced change', () => {
  const event = { id: 'mine', intended: { kind: 'cluster', id: 'production', version: 3 } } as const;

  it.each<[string, { version: number; changedBy?: string }, Verdict]>([
    ['there never was a record', { version: 0 }, 'not-known-yet'],
    ['the record is where it was read', { version: 2, changedBy: 'before' }, 'not-known-yet'],
    ['the record was made by it', { version: 3, changedBy: 'mine' }, 'happened'],
    ['another change made that version', { version: 3, changedBy: 'another' }, 'did-not-happen'],
    ['nobody knows who made that version', { version: 3 }, 'did-not-happen'],
    ['the record has gone on, and nobody confirmed it', { version: 4, changedBy: 'next' }, 'did-not-happen'],
    ['the record has gone on, by what bears its id', { version: 4, changedBy: 'mine' }, 'did-not-happen'],
  ])('where %s: %o is %s', (_, place, verdict) => {
    expect(judgeIntended(event, place)).toBe(verdict);
  });
});
