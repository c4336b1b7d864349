import { describe, expect, it } from 'vitest';
import { explore } from './explore.ts';
import { scenarioNamed } from './scenarios.ts';

describe.each([
  ['bootstrap', 0.002, 0.1],
  ['repair', 0.005, 0.1],
  ['cancel', 0.01, 0.1],
  ['grant', 0.03, 0.2],
  ['revoke', 0.03, 0.2],
])('the scenario %s', (name, pairs, firsts) => {
  it('keeps all promises at each point, and at a sample of pairs', { timeout: 300_000 }, async () => {
    const tally = await explore({ scenario: scenarioNamed(name), breaks: false, pairs, firsts });

    expect(tally.violations).toEqual([]);
    expect(tally.missed).toEqual([]);
    expect(tally.points).toBeGreaterThan(80);
    expect(tally.pairs).toBeGreaterThan(10);
  });
});
