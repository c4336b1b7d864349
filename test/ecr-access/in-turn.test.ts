import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inTurn } from '../../src/ecr-access/in-turn.ts';

const minute = (count: number) => new Date(count * 60_000);

it('leaves nothing out and adds nothing, at any time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat({ max: 1e8 }), (items, at) => {
      const sorted = (some: readonly number[]) => some.toSorted((one, other) => one - other);
      expect(sorted(inTurn(items, minute(at)))).toEqual(sorted(items));
    }),
  );
});

it('begins with each one within as many minutes as there are', () => {
  const items = Array.from({ length: 30 }, (_, n) => n);

  const firsts = new Set(items.map((at) => inTurn(items, minute(at))[0]));

  expect(firsts.size).toBe(30);
});
