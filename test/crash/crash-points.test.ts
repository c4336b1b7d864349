import { describe, expect, it } from 'vitest';
import { explore } from './explore.ts';
import { scenarioNamed } from './scenarios.ts';

/** Of what `npm run crash` goes through in minutes. */
const share = { index: 0, of: 4 };

describe('a bootstrap', () => {
  it('keeps all promises wherever it is cut, once or twice', { timeout: 300_000 }, async () => {
    const tally = await explore({ scenario: scenarioNamed('bootstrap'), breaks: false, pairs: 0 });

    expect(tally.violations).toEqual([]);
    expect(tally.missed).toEqual([]);
    expect(tally.points).toBeGreaterThan(100);
  });
});

describe.each([
  ['repair', 0.02],
  ['cancel', 0.02],
  ['grant', 0.04],
  ['revoke', 0.04],
])('the scenario %s', (name, pairs) => {
  it('keeps all promises at a sample of points and pairs', { timeout: 300_000 }, async () => {
    const tally = await explore({ scenario: scenarioNamed(name), breaks: false, pairs, share });

    expect(tally.violations).toEqual([]);
    expect(tally.missed).toEqual([]);
    expect(tally.pairs).toBeGreaterThan(20);
  });
});
