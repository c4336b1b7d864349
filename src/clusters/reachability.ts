/** Whether somebody outside told what was asked for; that they did not is an answer as well. */
export interface Reachability {
  readonly isReachable: boolean;
  /** Why they did not. */
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
}

/** So long they are waited for: below what API Gateway grants, with room for the answer. */
export const patienceMs = 15_000;
