import { beforeEach, describe, expect, it } from 'vitest';
import { createDynamoRequestBudget } from '../../src/adapters/dynamodb-request-budget.ts';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import type { BudgetAnswer, RequestBudget } from '../../src/ports/request-budget.ts';
import { losingAnswers } from '../support/fleet-table.ts';

/** What a budget of requests promises (src/ports/request-budget.ts); each test has a table of its own. */
export function requestBudgetContract(name: string, makeTable: () => Promise<FleetTable>): void {
  describe(`request budget: ${name}`, () => {
    let table: FleetTable;
    let nowMs = 0;
    const budgets = {
      direct: (over: FleetTable) => over,
      'answers lost': losingAnswers,
    };
    beforeEach(async () => {
      table = await makeTable();
      nowMs = Date.parse('2027-01-01T00:00:00.000Z');
    });

    describe.each(Object.entries(budgets))('%s', (_, over) => {
      // Two of them are two functions: what they share is the table.
      const budget = () => createDynamoRequestBudget(over(table), { now: () => new Date(nowMs), randomBelow: () => 3 });
      const later = (seconds: number) => {
        nowMs += seconds * 1000;
      };
      counting({ budget, later });
      pausing({ budget, later });
    });
    racing({
      make: (over) => createDynamoRequestBudget(over(table), { now: () => new Date(nowMs), randomBelow: () => 3 }),
    });
  });
}

interface Given {
  readonly budget: () => RequestBudget;
  readonly later: (seconds: number) => void;
}

function granted(answers: readonly BudgetAnswer[]): number {
  return answers.filter(({ kind }) => kind === 'granted').length;
}

function counting({ budget, later }: Given): void {
  it('grants 80 requests in a minute, to all functions together', async () => {
    const functions = [budget(), budget()];
    const answers: BudgetAnswer[] = [];

    for (let round = 0; round < 45; round += 1) {
      for (const one of functions) answers.push(await one.take('42', 1));
    }

    expect(granted(answers)).toBe(80);
    expect(answers.at(-1)).toEqual({ kind: 'wait', seconds: 70 });
  });

  it('grants again when the minute is over', async () => {
    await budget().take('42', 80);
    const refused = await budget().take('42', 3);

    later(refused.kind === 'wait' ? refused.seconds : 0);

    expect(refused.kind).toBe('wait');
    expect(await budget().take('42', 3)).toEqual({ kind: 'granted' });
  });

  it('counts each installation for itself', async () => {
    await budget().take('42', 80);

    expect(await budget().take('43', 80)).toEqual({ kind: 'granted' });
  });

  it('never grants too much to callers at the same moment', async () => {
    const functions = Array.from({ length: 4 }, budget);

    const answers = await Promise.all(functions.flatMap((one) => [1, 2, 3].map(() => one.take('42', 8))));

    expect(granted(answers)).toBeLessThanOrEqual(10);
    expect(granted(answers)).toBeGreaterThanOrEqual(1);
    expect(answers.every((answer) => answer.kind === 'granted' || answer.seconds >= 1)).toBe(true);
  });
}

/** Others write the same item at the same moment. */
function racing({ make }: { readonly make: (over: (table: FleetTable) => FleetTable) => RequestBudget }): void {
  const until = new Date('2027-01-01T00:05:00.000Z');

  it('keeps a pause also when others are faster at every write', async () => {
    await make((table) => table).take('42', 1);

    await make((table) => ({ ...table, put: () => Promise.resolve(false) })).pause('42', until);

    expect(await make((table) => table).pausedUntil('42')).toEqual(until);
  });

  it('keeps a pause that came while a request was being counted', async () => {
    const other = make((table) => table);
    await other.take('42', 1);
    let isFirst = true;
    const slow = make((table) => ({
      ...table,
      async get(key) {
        const item = await table.get(key);
        if (isFirst) await other.pause('42', until);
        isFirst = false;
        return item;
      },
    }));

    expect(await slow.take('42', 1)).toEqual({ kind: 'wait', seconds: 300 });
    expect(await other.pausedUntil('42')).toEqual(until);
  });
}

function pausing({ budget, later }: Given): void {
  it('knows no pause at first', async () => {
    expect(await budget().pausedUntil('42')).toBeUndefined();
    expect(await budget().take('42', 1)).toEqual({ kind: 'granted' });
  });

  it('keeps no pause for longer than two hours', async () => {
    await budget().pause('42', new Date('2099-01-01T00:00:00.000Z'));

    expect(await budget().pausedUntil('42')).toEqual(new Date('2027-01-01T02:00:00.000Z'));
    later(2 * 3600);
    expect(await budget().take('42', 1)).toEqual({ kind: 'granted' });
  });

  it('keeps a pause for all functions until it is over, and shortens none', async () => {
    const until = new Date('2027-01-01T00:05:00.000Z');
    await budget().pause('42', until);
    await budget().pause('42', new Date('2027-01-01T00:00:30.000Z'));

    expect(await budget().pausedUntil('42')).toEqual(until);
    expect(await budget().take('42', 1)).toEqual({ kind: 'wait', seconds: 300 });
    expect(await budget().pausedUntil('43')).toBeUndefined();
    later(300);
    expect(await budget().pausedUntil('42')).toBeUndefined();
    expect(await budget().take('42', 1)).toEqual({ kind: 'granted' });
  });
}
