/** `wait`: nothing is granted now; the caller comes back after so many seconds. */
export type BudgetAnswer = { readonly kind: 'granted' } | { readonly kind: 'wait'; readonly seconds: number };

/**
 * What each caller may still send, counted over all functions (GitHub's secondary rate limits). A caller is an
 * installation of our App, by its id, or the App itself, by a name that no id has.
 */
export interface RequestBudget {
  /** Grants so many requests that create content, all of them or none. A wait is a place in the queue. */
  take(caller: string, count: number): Promise<BudgetAnswer>;
  /** Until when the host wants to hear nothing from the caller; `undefined` when it may be asked. */
  pausedUntil(caller: string): Promise<Date | undefined>;
  /** The host asked for quiet until then; for two hours at most it gets it. A pause is never shortened. */
  pause(caller: string, until: Date): Promise<void>;
}
