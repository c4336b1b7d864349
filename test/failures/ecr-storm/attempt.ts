/** One attempt at a step, and what of it is seen from outside. */
export interface Attempt {
  readonly operationId: string;
  /** The engine has begun a newer one: what this one still does, it does too late. */
  isGivenUp: boolean;
  /** Of each repository, since its last write there. */
  readonly reads: Map<string, SeenPolicy[]>;
  /** Of each repository: under which token it last said what it was about to write, and whether it might. */
  readonly announced: Map<string, { readonly token: string; readonly isMine: boolean }>;
}

/** A policy as a read showed it. */
export interface SeenPolicy {
  readonly text: string | undefined;
  readonly isStale: boolean;
  readonly at: number;
}

export function newAttempt(operationId: string): Attempt {
  return { operationId, isGivenUp: false, reads: new Map(), announced: new Map() };
}
