/** 20 writers at one registry, a person who edits its policies by hand, reads that lag behind, and attempts that wake late. */
import { beforeAll, describe, expect, it } from 'vitest';
import { runStorms, type StormSum } from './ecr-storm/sum-storms.ts';

/** `npm run storm` runs a thousand. */
const seeds = 20;

let sum: StormSum;

beforeAll(async () => {
  sum = await runStorms(Array.from({ length: seeds }, (_, seed) => seed));
}, 120_000);

describe('a storm over the policies of a registry', () => {
  it('ends with the rights of the live grants and the statements of others, and breaks no promise on its way', () => {
    expect(sum.wrong).toEqual([]);
  });

  it('needs two reconciles at most, and mostly none', () => {
    const { 0: none, 1: one, 2: two } = sum.reconciles;

    expect(none + one + two).toBe(seeds);
    expect(none).toBeGreaterThan(seeds / 2);
    expect(one + two).toBeGreaterThan(0);
  });

  it('has what it is about: late writers, and edits that were lost and done again', () => {
    const { writes, lateWrites, edits, lostToRaces, lostToStaleReads, rightsLost } = sum.counts;

    expect(writes / seeds).toBeGreaterThan(20);
    expect(edits / seeds).toBeGreaterThan(5);
    for (const count of [lateWrites, lostToRaces, rightsLost]) expect(count).toBeGreaterThan(seeds / 10);
    // A stale read that goes unnoticed: two of them, side by side, that show what we left there.
    expect(lostToStaleReads / edits).toBeLessThan(0.02);
  });
});
