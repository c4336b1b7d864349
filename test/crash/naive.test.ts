import { describe, expect, it } from 'vitest';
import { runCrash } from './crash-run.ts';
import { naiveSwitches } from './naive.ts';
import { scenarioNamed } from './scenarios.ts';

describe('the laboratory', () => {
  it.each(naiveSwitches.map((one) => [one.invariant, one.name, one] as const))(
    'finds by %s that somebody %s',
    async (invariant, _, { scenario, points, careless }) => {
      const { violations, missed } = await runCrash({ scenario: scenarioNamed(scenario), points, careless });

      expect(missed).toEqual([]);
      expect(violations.map((violation) => violation.invariant)).toContain(invariant);
    },
  );

  it.each(naiveSwitches.map((one) => [one.name, one] as const))(
    'finds nothing at that point where nobody %s',
    async (_, { scenario, points }) => {
      const named = scenarioNamed(scenario);
      // A point of the careless product may not be one of the product's own.
      const calm = await runCrash({ scenario: named });
      const known = points.filter((point) => calm.lives[0]?.effects.includes(point.replace(/ \w+$/, '')));

      const { violations } = await runCrash({ scenario: named, points: known });

      expect(violations).toEqual([]);
    },
  );

  it('has a switch for each invariant', () => {
    const invariants = new Set(naiveSwitches.map(({ invariant }) => invariant));

    expect([...invariants].toSorted()).toEqual(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7']);
  });
});
