import { describe, expect, it } from 'vitest';
import { explore } from './explore.ts';
import { scenarioNamed } from './scenarios.ts';

describe.each([
  ['bootstrap', 0.002],
  ['repair', 0.005],
  ['cancel', 0.005],
  ['grant', 0.01],
  ['revoke', 0.01],
])('the scenario %s', (name, pairs) => {
  it('keeps all promises at each point, and at a sample of pairs', { timeout: 300_000 }, async () => {
    const tally = await explore({ scenario: scenarioNamed(name), breaks: false, pairs });

    expect(tally.violations).toEqual([]);
    expect(tally.missed).toEqual([]);
    expect(tally.points).toBeGreaterThan(80);
    expect(tally.pairs).toBeGreaterThan(15);
  });
});
