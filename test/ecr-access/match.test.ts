import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allOf, anyOf, isLike, not } from '../../src/ecr-access/match.ts';
import type { Match } from '../../src/ecr-access/match.ts';

function asRegExp(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

describe('a pattern', () => {
  it('matches as a regular expression of the same meaning does', () => {
    const value = fc.stringMatching(/^[ab]{0,8}$/);
    const pattern = fc.stringMatching(/^[ab*?]{0,6}$/);
    fc.assert(
      fc.property(value, pattern, (text, wanted) => {
        expect(isLike(text, wanted)).toBe(asRegExp(wanted).test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of many stars is decided at once', () => {
    expect(isLike('a'.repeat(2_000), `${'*a'.repeat(200)}b`)).toBe(false);
  });
});

describe('an answer that is not known', () => {
  const anyMatches = fc.array(fc.constantFrom<Match>('yes', 'no', 'unknown'));
  /** Each unknown answered one way or the other. */
  const answered = (matches: readonly Match[], answer: Match) =>
    matches.map((match) => (match === 'unknown' ? answer : match));

  it('leaves open only what depends on it', () => {
    fc.assert(
      fc.property(anyMatches, (matches) => {
        for (const combine of [allOf, anyOf]) {
          const [worst, best] = [combine(answered(matches, 'no')), combine(answered(matches, 'yes'))];

          expect(combine(matches)).toBe(worst === best ? worst : 'unknown');
        }
        expect(not(allOf(matches))).toBe(anyOf(matches.map(not)));
      }),
    );
  });
});
