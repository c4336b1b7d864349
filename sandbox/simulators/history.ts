/** Something that really happened in a simulator's world. Histories are only ever added to, and hold no secret. */
export interface Happening {
  /** RFC 3339. */
  readonly at: string;
  /** As faults name it: `github:UpdateRef`, `kubernetes:apply`. */
  readonly action: string;
  /** Whoever did it, in the world's own terms. */
  readonly by: string;
  readonly target: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
