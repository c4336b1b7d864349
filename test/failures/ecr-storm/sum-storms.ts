import { runStorm, type StormReport } from './run-storm.ts';

/** What came of several storms. */
export interface StormSum {
  readonly seeds: number;
  /** By what was wrong: seeds of it. */
  readonly wrong: readonly { readonly seed: number; readonly what: string }[];
  readonly reconciles: Readonly<Record<0 | 1 | 2, number>>;
  readonly counts: Omit<StormReport, 'seed' | 'violations' | 'faults' | 'reconciles'>;
}

export const nothing: StormSum = {
  ...{ seeds: 0, wrong: [], reconciles: { 0: 0, 1: 0, 2: 0 } },
  counts: {
    ...{ operations: 0, failed: 0, writes: 0, lateWrites: 0 },
    ...{ edits: 0, lostToRaces: 0, lostToStaleReads: 0, rightsLost: 0 },
  },
};

export async function runStorms(seeds: Iterable<number>): Promise<StormSum> {
  let sum = nothing;
  for (const seed of seeds) sum = added(sum, sumOf(await runStorm(seed)));
  return sum;
}

export function added(one: StormSum, other: StormSum): StormSum {
  const total = <Key extends string | number>(ones: Record<Key, number>, others: Record<Key, number>) =>
    Object.fromEntries(
      Object.entries<number>(ones).map(([name, count]) => [name, count + others[name as Key]]),
    ) as Record<Key, number>;
  return {
    seeds: one.seeds + other.seeds,
    wrong: [...one.wrong, ...other.wrong],
    reconciles: total(one.reconciles, other.reconciles),
    counts: total(one.counts, other.counts),
  };
}

function sumOf({ seed, violations, faults, reconciles, ...counts }: StormReport): StormSum {
  const wrong = [...violations, ...faults].map((what) => ({ seed, what }));
  const needed = (count: number) => (reconciles === count ? 1 : 0);
  return { seeds: 1, wrong, reconciles: { 0: needed(0), 1: needed(1), 2: needed(2) }, counts };
}
