/** What the benches that need no cluster find, as one table. */

export interface Finding {
  readonly measure: string;
  /** Undefined where it could not be measured; `detail` then says why. */
  readonly value: number | undefined;
  readonly unit: string;
  /** At most this much; null where nothing was promised. */
  readonly goal: number | null;
  readonly detail: string;
}

const heads = ['measure', 'value', 'goal', 'verdict', 'detail'] as const;

export function describeFindings(findings: readonly Finding[]): string {
  const rows = [heads, ...findings.map(cellsOf)];
  const widths = heads.map((_head, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cellsOf({ measure, value, unit, goal, detail }: Finding): readonly string[] {
  const shown = value === undefined ? '-' : `${value < 1000 ? Number(value.toPrecision(3)) : value} ${unit}`;
  return [measure, shown, goal === null ? '-' : `at most ${goal}`, verdictOf(value, goal), detail];
}

function verdictOf(value: number | undefined, goal: number | null): string {
  if (value === undefined) return 'NOT MEASURED';
  if (goal === null) return 'no goal';
  return value <= goal ? 'met' : 'MISSED';
}
