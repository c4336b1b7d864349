import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findRefused } from '../../src/ecr-access/find-refused.ts';

/** Takes every set without a bad one; notes what was tried. */
function judge(bad: ReadonlySet<number>) {
  const tried: (readonly number[])[] = [];
  const accepts = async (together: readonly number[]) => {
    tried.push(together);
    return together.every((one) => !bad.has(one));
  };
  return { tried, accepts };
}

const numbers = (n: number) => Array.from({ length: n }, (_, index) => index);

it('finds exactly those that are refused, and takes all others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.array(fc.nat(59), { minLength: 1 }), async (count, picks) => {
      const bad = new Set(picks.map((pick) => pick % count));
      const { accepts } = judge(bad);

      const found = await findRefused({ accepted: [-1], candidates: numbers(count), accepts, maxTries: 1000 });

      expect([...found.refused].toSorted((a, b) => a - b)).toEqual([...bad].toSorted((a, b) => a - b));
      expect(new Set(found.accepted)).toEqual(new Set([-1, ...numbers(count).filter((one) => !bad.has(one))]));
      expect(found.untried).toEqual([]);
    }),
  );
});

it('never tries without what was accepted before', async () => {
  const bad = new Set([3, 11]);
  const { tried, accepts } = judge(bad);

  await findRefused({ accepted: [100, 101], candidates: numbers(16), accepts, maxTries: 1000 });

  let taken: readonly number[] = [100, 101];
  for (const together of tried) {
    expect(together).toEqual(expect.arrayContaining([...taken]));
    if (!together.some((one) => bad.has(one))) taken = together;
  }
});

it('finds one among 250 in 17 tries at the most', async () => {
  for (const bad of [0, 1, 124, 125, 126, 249]) {
    const { tried, accepts } = judge(new Set([bad]));

    const found = await findRefused({ accepted: [], candidates: numbers(250), accepts, maxTries: 17 });

    expect(found).toMatchObject({ refused: [bad], untried: [] });
    expect(tried.length).toBeLessThanOrEqual(17);
  }
});

it('asks for nothing where only one can be meant', async () => {
  const { tried, accepts } = judge(new Set([7]));

  expect(await findRefused({ accepted: [1], candidates: [7], accepts, maxTries: 5 })).toEqual({
    accepted: [1],
    refused: [7],
    untried: [],
  });
  expect(tried).toEqual([]);
});

it('stops when its tries are used up, and says what it did not reach', async () => {
  const { tried, accepts } = judge(new Set(numbers(64)));

  const found = await findRefused({ accepted: [], candidates: numbers(64), accepts, maxTries: 10 });

  expect(tried).toHaveLength(10);
  expect(found.accepted).toEqual([]);
  expect(new Set([...found.refused, ...found.untried])).toEqual(new Set(numbers(64)));
});
