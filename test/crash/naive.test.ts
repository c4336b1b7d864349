import { describe, expect, it } from 'vitest';
import { runCrash, type RunReport } from './crash-run.ts';
import { naiveSwitches } from './naive.ts';
import { scenarioNamed } from './scenarios.ts';

// The first of them makes each scenario's beginning, too.
describe('the laboratory', { timeout: 120_000 }, () => {
  it.each(naiveSwitches.map((one) => [one.invariant, one.name, one] as const))(
    'finds by %s that somebody %s',
    async (invariant, _, { scenario, points, careless }) => {
      const { violations, missed } = await runCrash({ scenario: scenarioNamed(scenario), points, careless });

      expect(missed).toEqual([]);
      expect(violations.map((violation) => violation.invariant)).toContain(invariant);
    },
  );

  it.each([...new Set(naiveSwitches.map(({ scenario }) => scenario))])(
    'finds nothing there where nobody is careless: %s',
    async (scenario) => {
      const calm = await runCrash({ scenario: scenarioNamed(scenario) });

      expect(calm.violations).toEqual([]);
      for (const point of pointsIn(scenario, calm)) {
        const { violations } = await runCrash({ scenario: scenarioNamed(scenario), points: [point] });
        expect([point, violations]).toEqual([point, []]);
      }
    },
  );

  it('has a switch for each invariant', () => {
    const invariants = new Set(naiveSwitches.map(({ invariant }) => invariant));

    expect([...invariants].toSorted()).toEqual(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7']);
  });
});

/** Where a switch has a life end, as far as the careful product comes there as well. */
function pointsIn(name: string, calm: RunReport): readonly string[] {
  const all = naiveSwitches.filter(({ scenario }) => scenario === name).flatMap(({ points }) => points);
  return [...new Set(all)].filter((point) => calm.lives[0]?.effects.includes(point.replace(/ \w+$/, '')));
}
