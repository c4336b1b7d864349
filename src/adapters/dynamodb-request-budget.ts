import { randomUUID } from 'node:crypto';
import type { BudgetAnswer, RequestBudget } from '../ports/request-budget.ts';
import type { FleetTable, Item, ItemKey } from './fleet-table.ts';
import {
  type BudgetState,
  decide,
  emptyBudget,
  furthestPauseMs,
  longestPauseMs,
  pauseEndMs,
} from './request-budget-rules.ts';

function itemKey(caller: string): ItemKey {
  return { pk: `REQUEST-BUDGET#${caller}`, sk: 'REQUEST-BUDGET' };
}

/** Of callers in several functions who write at the same moment, one wins; the others read again so often. */
const maxTries = 12;
/** Whoever never won comes back within so many seconds, each at another one. */
const longestDetourSeconds = 8;

type BudgetTable = Pick<FleetTable, 'get' | 'put' | 'update'>;

export interface RequestBudgetOptions {
  readonly now: () => Date;
  /** A whole number from 0 up to, but not including, the limit. */
  readonly randomBelow: (limit: number) => number;
}

/** Budgets over the fleet's table: one item a caller, guarded by a version. */
export function createDynamoRequestBudget(table: BudgetTable, options: RequestBudgetOptions): RequestBudget {
  const { now, randomBelow } = options;
  const change = inTurns((caller: string, next: Next) => changeItem(table, { caller, next }));
  return {
    async take(caller, count) {
      let answer: BudgetAnswer = { kind: 'granted' };
      const isWritten = await change(caller, (state) => {
        const decision = decide(state, count, now().getTime());
        answer = decision.kind === 'granted' ? { kind: 'granted' } : { kind: 'wait', seconds: decision.seconds };
        return decision.state;
      });
      return isWritten ? answer : { kind: 'wait', seconds: 1 + randomBelow(longestDetourSeconds) };
    },
    async pausedUntil(caller) {
      const endMs = pauseEndMs(stateOf(await table.get(itemKey(caller))), now().getTime());
      return endMs === undefined ? undefined : new Date(endMs);
    },
    async pause(caller, until) {
      const nowMs = now().getTime();
      await writePause(table, caller, { nowMs, untilMs: Math.min(until.getTime(), nowMs + longestPauseMs) });
    },
  };
}

/**
 * Not guarded by the version, so that a pause is written however many others write; it raises the version instead, so
 * that who has read the item before it must read it again. False is a later pause, or our own: its answer was lost.
 */
function writePause(
  table: BudgetTable,
  caller: string,
  { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number },
): Promise<boolean> {
  return table.update(itemKey(caller), {
    expression: 'SET pausedUntilMs = :until ADD version :one',
    condition: 'attribute_not_exists(pausedUntilMs) OR pausedUntilMs < :until OR pausedUntilMs > :furthest',
    values: { ':until': untilMs, ':one': 1, ':furthest': furthestPauseMs(nowMs) },
  });
}

type Next = (state: BudgetState) => BudgetState;

/** False: others were faster each time, and nothing was written. */
async function changeItem(table: BudgetTable, { caller, next }: { caller: string; next: Next }): Promise<boolean> {
  const key = itemKey(caller);
  const writtenBy = randomUUID();
  for (let tries = 0; tries < maxTries; tries += 1) {
    const item = await table.get(key);
    // The answer to the write was lost, and the client has written again.
    if (item?.['writtenBy'] === writtenBy) return true;
    const version = Number(item?.['version'] ?? 0);
    const isWritten = await table.put(
      { ...key, ...next(stateOf(item)), version: version + 1, writtenBy },
      version === 0
        ? { expression: 'attribute_not_exists(pk)' }
        : { expression: 'version = :version', values: { ':version': version } },
    );
    if (isWritten) return true;
  }
  return (await table.get(key))?.['writtenBy'] === writtenBy;
}

function stateOf(item: Item | undefined): BudgetState {
  if (!item) return emptyBudget;
  const { sent, expected, pausedUntilMs } = item;
  // Written by this file alone, so its shape is known; a pause may have come before the first request.
  return {
    sent: (sent ?? emptyBudget.sent) as BudgetState['sent'],
    expected: (expected ?? emptyBudget.expected) as BudgetState['expected'],
    ...(pausedUntilMs === undefined ? {} : { pausedUntilMs: Number(pausedUntilMs) }),
  };
}

/** Callers of one process take turns, so that they do not race each other for the item. */
function inTurns(change: (caller: string, next: Next) => Promise<boolean>): typeof change {
  const last = new Map<string, Promise<unknown>>();
  return (caller, next) => {
    const before = last.get(caller) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => change(caller, next));
    last.set(caller, turn);
    const forget = () => {
      if (last.get(caller) === turn) last.delete(caller);
    };
    turn.then(forget, forget);
    return turn;
  };
}
