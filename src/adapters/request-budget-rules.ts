/**
 * How many requests that create content an installation may send: at most 80 in any minute and 500 in any hour
 * (docs.github.com, "Rate limits for the REST API", "About secondary rate limits").
 *
 * Requests are counted in slots of ten seconds. A slot counts until all of it has left the window, so that no window,
 * wherever it begins, holds more than the limit. Who must wait gets a place in a later slot: places keep the callers
 * apart, so that they do not all come back at once, and newcomers from going first.
 */
export interface BudgetState {
  /** Slot → requests that were granted in it. */
  readonly sent: Readonly<Record<string, number>>;
  /** Slot → requests that are to be asked for again in it. */
  readonly expected: Readonly<Record<string, number>>;
  /** Milliseconds since 1970. */
  readonly pausedUntilMs?: number | undefined;
}

export const emptyBudget: BudgetState = { sent: {}, expected: {} };

const slotMs = 10_000;
/** One slot more than fits: the first one has not left the window until its end has. */
const windows = [
  { slots: 60_000 / slotMs + 1, limit: 80 },
  { slots: 3_600_000 / slotMs + 1, limit: 500 },
] as const;
const longestWindow = 3_600_000 / slotMs + 1;
/** Two days: far beyond any queue, and an end to the search. */
const furthestSlot = (48 * 3_600_000) / slotMs;

export type BudgetDecision =
  | { readonly kind: 'granted'; readonly state: BudgetState }
  | { readonly kind: 'wait'; readonly seconds: number; readonly state: BudgetState };

/** Grants `count` requests now, or gives them the earliest place that holds them all. */
export function decide(before: BudgetState, count: number, nowMs: number): BudgetDecision {
  const now = slotOf(nowMs);
  const state = withoutPast(before, now);
  const pausedUntilMs = pauseEndMs(state, nowMs);
  // Rounded up: within a slot that a pause ends in, part is still quiet.
  const first = pausedUntilMs !== undefined ? Math.max(now, slotOf(pausedUntilMs - 1) + 1) : now;
  const place = findPlace(state, { first, count });
  if (place === now) return { kind: 'granted', state: { ...state, sent: added(state.sent, place, count) } };
  const seconds = Math.max(1, Math.ceil((place * slotMs - nowMs) / 1000));
  return { kind: 'wait', seconds, state: { ...state, expected: added(state.expected, place, count) } };
}

/** GitHub's longest one is an hour, until its primary limit is reset; whatever names more is obeyed for so long. */
export const longestPauseMs = 2 * 3_600_000;
/** By so much another machine's clock may be ahead of ours. */
const clockSkewMs = 60_000;

/** No pause that was written by now ends later: one that does is a mistake, and would close the installation for good. */
export function furthestPauseMs(nowMs: number): number {
  return nowMs + longestPauseMs + clockSkewMs;
}

/** `undefined` when there is no pause. */
export function pauseEndMs({ pausedUntilMs = 0 }: BudgetState, nowMs: number): number | undefined {
  return pausedUntilMs > nowMs && pausedUntilMs <= furthestPauseMs(nowMs) ? pausedUntilMs : undefined;
}

function slotOf(ms: number): number {
  return Math.floor(ms / slotMs);
}

function added(counts: BudgetState['sent'], slot: number, count: number): BudgetState['sent'] {
  return { ...counts, [slot]: (counts[slot] ?? 0) + count };
}

/** What no window holds any more. Whoever did not come in his slot has lost the place. */
function withoutPast({ sent, expected, ...rest }: BudgetState, now: number): BudgetState {
  return {
    ...rest,
    sent: from(sent, now - longestWindow + 1),
    expected: from(expected, now + 1),
  };
}

function from(counts: BudgetState['sent'], first: number): BudgetState['sent'] {
  return Object.fromEntries(Object.entries(counts).filter(([slot]) => Number(slot) >= first));
}

/** The first slot at which no window that holds it gets too full, those to come included. */
function findPlace(state: BudgetState, { first, count }: { first: number; count: number }): number {
  const taken = new Map<number, number>();
  for (const counts of [state.sent, state.expected]) {
    for (const [slot, number] of Object.entries(counts)) {
      taken.set(Number(slot), (taken.get(Number(slot)) ?? 0) + number);
    }
  }
  let place = first;
  while (place < first + furthestSlot && !windows.every((window) => fits(taken, { place, count, ...window }))) {
    place += 1;
  }
  return place;
}

function fits(
  taken: ReadonlyMap<number, number>,
  { place, count, slots, limit }: { place: number; count: number; slots: number; limit: number },
): boolean {
  let inWindow = 0;
  for (let slot = place - slots + 1; slot <= place; slot += 1) inWindow += taken.get(slot) ?? 0;
  // The window moves on, one slot at a time, until it no longer holds the place.
  for (let end = place; end < place + slots; end += 1) {
    if (end > place) inWindow += (taken.get(end) ?? 0) - (taken.get(end - slots) ?? 0);
    if (inWindow + count > limit) return false;
  }
  return true;
}
