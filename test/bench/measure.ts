/** What a bench finds, on the terminal and as JSON. */
import { writeFile } from 'node:fs/promises';

export interface Measure {
  readonly measure: string;
  /** A ratio where there is one, else the median. */
  readonly value: number;
  readonly unit: string;
  /** At most this much; null where nothing was promised. */
  readonly goal: number | null;
  /** How often each side was measured. */
  readonly runs: number;
  /** What the value was made of, in the order of the runs; in `sampleUnit`. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly sampleUnit: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** Seconds of ours over seconds of the peer, by their medians. */
export function ratioOf(
  measure: string,
  goal: number | null,
  samples: { readonly ours: readonly number[]; readonly peer: readonly number[] },
): Measure {
  const value = median(samples.ours) / median(samples.peer);
  return { measure, value, unit: 'ratio', goal, runs: samples.ours.length, samples, sampleUnit: 's' };
}

export function amountOf(
  measure: string,
  goal: { readonly atMost: number | null; readonly unit: string },
  ours: readonly number[],
): Measure {
  const { atMost, unit } = goal;
  return { measure, value: median(ours), unit, goal: atMost, runs: ours.length, samples: { ours }, sampleUnit: unit };
}

export function describeMeasure({ measure, value, unit, goal, runs, samples, sampleUnit }: Measure): string {
  const verdict = goal === null ? 'no goal' : `goal: at most ${show(goal)}, ${value <= goal ? 'met' : 'MISSED'}`;
  const lines = Object.entries(samples).map(([side, values]) => {
    return `    ${side}: median ${show(median(values))} ${sampleUnit} of ${values.map(show).join(', ')}`;
  });
  return [`${measure}: ${show(value)} ${unit} (${verdict}, ${runs} runs)`, ...lines].join('\n');
}

export async function writeMeasures(file: string, measures: readonly Measure[]): Promise<void> {
  await writeFile(file, `${JSON.stringify(measures, undefined, 2)}\n`);
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)) < 1000 ? Number(value.toPrecision(3)) : Math.round(value));
}
