import { describe, expect, it } from 'vitest';

import { createEksTokenSource } from '../../src/adapters/eks-token-source.ts';

const start = Date.parse('2026-11-23T12:00:00Z');
const minute = 60_000;

/** A source whose tokens tell the second that they were minted in. */
function makeSource(lifetimeMinutes = 15) {
  const clock = { now: start };
  const minted: string[] = [];
  const source = createEksTokenSource({
    now: () => new Date(clock.now),
    mint: async (at) => {
      const token = at.toISOString().slice(11, 19);
      minted.push(token);
      return { token, expiresAt: new Date(at.getTime() + lifetimeMinutes * minute) };
    },
  });
  return { clock, minted, get: () => source.get(AbortSignal.timeout(1000)), invalidate: source.invalidate };
}

describe('createEksTokenSource', () => {
  it('mints nothing before it is asked, and one token for many requests', async () => {
    const { clock, minted, get } = makeSource();
    expect(minted).toEqual([]);

    expect(await get()).toBe('12:00:00');
    clock.now += 13.9 * minute;
    expect(await get()).toBe('12:00:00');
    expect(minted).toHaveLength(1);
  });

  it('mints again a minute before the token ends', async () => {
    const { clock, get } = makeSource();
    await get();

    clock.now += 14 * minute;
    expect(await get()).toBe('12:14:00');
  });

  it('mints another token after a 401, even in the same second', async () => {
    const { get, invalidate } = makeSource();
    invalidate(await get());

    expect(await get()).toBe('12:00:01');
  });

  it('keeps the present token when an older one is refused', async () => {
    const { clock, minted, get, invalidate } = makeSource();
    const old = await get();
    clock.now += 14 * minute;
    await get();

    invalidate(old);

    expect(await get()).toBe('12:14:00');
    expect(minted).toHaveLength(2);
  });

  it('keeps nothing of a failure', async () => {
    let isBroken = true;
    const source = createEksTokenSource({
      now: () => new Date(start),
      async mint() {
        if (isBroken) {
          throw new Error('no session');
        }
        return { token: 'good', expiresAt: new Date(start + 15 * minute) };
      },
    });
    await expect(source.get(AbortSignal.timeout(1000))).rejects.toThrow('no session');

    isBroken = false;
    expect(await source.get(AbortSignal.timeout(1000))).toBe('good');
  });
});
