import { expect, it } from 'vitest';
import { type BudgetState, decide, emptyBudget } from '../../src/adapters/request-budget-rules.ts';

const start = Date.parse('2027-01-01T00:00:03.217Z');
const minuteMs = 60_000;

interface Caller {
  comesAtMs: number;
  waits: number;
  readonly count: number;
}

/** Callers who each come back when they were told to; the times at which their requests went out. */
function play(callers: Caller[], begin: BudgetState = emptyBudget): { times: number[]; state: BudgetState } {
  const times: number[] = [];
  let state = begin;
  const open = [...callers];
  while (open.length > 0) {
    open.sort((one, other) => one.comesAtMs - other.comesAtMs);
    const caller = open[0] as Caller;
    const decision = decide(state, caller.count, caller.comesAtMs);
    state = decision.state;
    if (decision.kind === 'granted') {
      times.push(...Array.from({ length: caller.count }, () => caller.comesAtMs));
      open.shift();
    } else {
      // Nobody comes to the second: what wakes him takes a moment.
      caller.comesAtMs += decision.seconds * 1000 + (caller.waits % 3) * 700;
      caller.waits += 1;
    }
  }
  return { times, state };
}

function mostWithin(times: readonly number[], windowMs: number): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
}

it('lets 200 onboardings at once finish within the limits, none of them asking often', () => {
  const commits = Array.from({ length: 200 }, (_, index): Caller => ({ comesAtMs: start + index, waits: 0, count: 3 }));
  const keys = Array.from({ length: 200 }, (_, index): Caller => ({
    comesAtMs: start + 20_000 + index,
    waits: 0,
    count: 1,
  }));

  const { times } = play([...commits, ...keys]);

  expect(times).toHaveLength(800);
  expect(mostWithin(times, minuteMs)).toBeLessThanOrEqual(80);
  expect(mostWithin(times, 60 * minuteMs)).toBeLessThanOrEqual(500);
  expect(Math.max(...times) - start).toBeLessThan(75 * minuteMs);
  expect(Math.max(...[...commits, ...keys].map(({ waits }) => waits))).toBeLessThanOrEqual(6);
});

it('makes use of what there is: 75 requests in the first minute', () => {
  const callers = Array.from({ length: 100 }, (): Caller => ({ comesAtMs: start, waits: 0, count: 1 }));

  const { times } = play(callers);

  expect(times.filter((at) => at < start + minuteMs).length).toBeGreaterThanOrEqual(75);
});

it('grants all of what belongs together, or none', () => {
  const { state } = play(Array.from({ length: 26 }, (): Caller => ({ comesAtMs: start, waits: 0, count: 3 })));

  expect(decide(state, 3, start)).toMatchObject({ kind: 'wait' });
  expect(decide(state, 2, start)).toMatchObject({ kind: 'granted' });
});

it('does not let newcomers take the place of those who wait', () => {
  const full = play(Array.from({ length: 80 }, (): Caller => ({ comesAtMs: start, waits: 0, count: 1 }))).state;
  const waiting = decide(full, 80, start);
  if (waiting.kind !== 'wait') throw new Error('the minute is full');
  const placeMs = start + waiting.seconds * 1000;

  const newcomer = decide(waiting.state, 1, placeMs - 10_000);

  expect(newcomer.kind).toBe('wait');
  expect(decide(newcomer.state, 80, placeMs).kind).toBe('granted');
});

it('grants nothing before a pause has ended', () => {
  const until = start + 90_000;
  const state = { ...emptyBudget, pausedUntilMs: until };

  const during = decide(state, 1, start);

  if (during.kind !== 'wait') throw new Error('there is a pause');
  expect(start + during.seconds * 1000).toBeGreaterThanOrEqual(until);
  expect(decide(state, 1, until - 1).kind).toBe('wait');
  expect(decide(state, 1, until + 10_000).kind).toBe('granted');
});

it('takes a pause of more than two hours for a mistake', () => {
  const state = { ...emptyBudget, pausedUntilMs: start + 3 * 60 * minuteMs };

  expect(decide(state, 1, start).kind).toBe('granted');
});

it('keeps no more than an hour', () => {
  const { state } = play(
    Array.from({ length: 50 }, (_, hour): Caller => ({ comesAtMs: start + hour * 10 * minuteMs, waits: 0, count: 1 })),
  );

  expect(Object.keys(state.sent).length).toBeLessThanOrEqual(7);
});
