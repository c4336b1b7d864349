/**
 * Runs works side by side, one call at a time. Each awaits its `turn` before every call; once all wait, one of them is
 * chosen (of those that wait, by their places among the works) and goes on alone until it waits again. So a run is its choices and
 * nothing else. A work must not make two calls at once.
 */
export async function interleave(
  works: readonly ((turn: () => Promise<void>) => Promise<unknown>)[],
  choose: (waiting: readonly number[]) => number | undefined,
): Promise<void> {
  const waiting = new Map<number, () => void>();
  let moving = works.length;
  let allRest = Promise.withResolvers<void>();
  const rest = () => {
    moving -= 1;
    if (moving === 0) allRest.resolve();
  };
  const turnOf = (index: number) => async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.set(index, resolve);
    rest();
    await promise;
  };
  const ends = Promise.all(works.map((work, index) => work(turnOf(index)).finally(rest)));
  // Looked at below, when all have ended.
  ends.catch(() => undefined);
  for (;;) {
    await allRest.promise;
    if (waiting.size === 0) break;
    const next = choose([...waiting.keys()].toSorted((one, other) => one - other)) ?? -1;
    allRest = Promise.withResolvers<void>();
    moving = 1;
    const goOn = waiting.get(next);
    if (!goOn) throw new Error(`${next} was chosen and does not wait`);
    waiting.delete(next);
    goOn();
  }
  await ends;
}

/** How many of those that wait are passed over, and how many turns the chosen one has. */
export interface Stretch {
  readonly pick: number;
  readonly turns: number;
}

/** Chooses stretch by stretch, round and round: faults show where one goes far while another stands still. */
export function byStretches(stretches: readonly Stretch[]): (waiting: readonly number[]) => number | undefined {
  let index = 0;
  let chosen: number | undefined;
  let left = 0;
  return (waiting) => {
    if (left === 0 || chosen === undefined || !waiting.includes(chosen)) {
      const { pick = 0, turns = 1 } = stretches[index % stretches.length] ?? {};
      index += 1;
      chosen = waiting[pick % waiting.length];
      left = turns;
    }
    left -= 1;
    return chosen;
  };
}
