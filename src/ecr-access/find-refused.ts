export interface Search<T> {
  /** Known to be accepted. */
  readonly accepted: readonly T[];
  readonly candidates: readonly T[];
  /** Tries all of these together; what was accepted before is always among them. */
  readonly accepts: (together: readonly T[]) => Promise<boolean>;
  /** No more than so many tries. */
  readonly maxTries: number;
}

export interface Found<T> {
  readonly accepted: readonly T[];
  readonly refused: readonly T[];
  /** What the tries did not reach. */
  readonly untried: readonly T[];
}

/**
 * ECR refuses a whole document without saying which principal it does not know. So halves are tried, each on top of
 * what was accepted: one that is refused among n is found in about 2 log2 n tries, and no try takes away a right that
 * was accepted before.
 */
export async function findRefused<T>({ accepted, candidates, accepts, maxTries }: Search<T>): Promise<Found<T>> {
  const taken = [...accepted];
  const refused: T[] = [];
  const untried: T[] = [];
  let tries = 0;

  async function look(some: readonly T[]): Promise<void> {
    if (some.length === 0) return;
    if (tries >= maxTries) {
      untried.push(...some);
      return;
    }
    tries += 1;
    if (await accepts([...taken, ...some])) {
      taken.push(...some);
      return;
    }
    if (some.length === 1) {
      refused.push(...some);
      return;
    }
    const middle = Math.ceil(some.length / 2);
    await look(some.slice(0, middle));
    await look(some.slice(middle));
  }

  // All of them together is what was refused.
  if (candidates.length === 1) return { accepted: taken, refused: candidates, untried };
  const middle = Math.ceil(candidates.length / 2);
  await look(candidates.slice(0, middle));
  await look(candidates.slice(middle));
  return { accepted: taken, refused, untried };
}
