import { describe, expect, it } from 'vitest';
import { ConnectionReset, faultBody, type Faulty, withFaults } from '../../../sandbox/simulators/faults.ts';

function world(...faults: readonly object[]): Faulty {
  return { faults: faults.map((fault) => faultBody.parse(fault)) };
}

async function call(faulty: Faulty, action = 'git:CreateCommit') {
  const done: string[] = [];
  const answer = withFaults(faulty, action, {
    async perform(isStale) {
      done.push(isStale ? 'read before the last change' : 'done');
      return 'answer';
    },
    refuse: ({ status }) => `refused with ${status}`,
  });
  const outcome = await answer.catch((error: unknown) => error);
  return { outcome, done };
}

/** Of a thousand calls. */
async function struck(faulty: Faulty): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let number = 0; number < 1000; number += 1) {
    if ((await call(faulty)).done.length === 0) numbers.push(number);
  }
  return numbers;
}

const error = { status: 503, code: 'Unavailable' };

describe('faults', () => {
  it('lets a call through that none of them names', async () => {
    expect(await call(world({ action: 'git:DeleteKey', error }))).toEqual({ outcome: 'answer', done: ['done'] });
  });

  it('answers an error before anything was done, and after all was done', async () => {
    const before = await call(world({ action: 'git:*', error }));
    const after = await call(world({ action: 'git:*', error, when: 'after' }));

    expect(before).toEqual({ outcome: 'refused with 503', done: [] });
    expect(after).toEqual({ outcome: 'refused with 503', done: ['done'] });
  });

  it('loses an answer', async () => {
    const { outcome, done } = await call(world({ action: 'git:CreateCommit', error: 'reset', when: 'after' }));

    expect(outcome).toBeInstanceOf(ConnectionReset);
    expect(done).toEqual(['done']);
  });

  it('strikes as often as it was told to', async () => {
    const faulty = world({ action: 'git:*', error, times: 2 });

    const outcomes = [await call(faulty), await call(faulty), await call(faulty)].map(({ outcome }) => outcome);

    expect(outcomes).toEqual(['refused with 503', 'refused with 503', 'answer']);
  });

  it('strikes its share, the same calls each time', async () => {
    const [first, second] = await Promise.all(
      [0, 1].map(() => struck(world({ action: 'git:*', error, times: 1000, share: 0.3 }))),
    );

    expect(first).toEqual(second);
    expect(first?.length).toBeGreaterThan(250);
    expect(first?.length).toBeLessThan(350);
    // By chance: some are struck in a row.
    expect(first?.some((number) => first.includes(number + 1))).toBe(true);
  });

  it('asks for an answer from before the last change', async () => {
    expect((await call(world({ action: 'git:*', isStale: true }))).done).toEqual(['read before the last change']);
  });
});
