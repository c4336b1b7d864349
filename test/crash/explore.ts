/** Goes through a scenario's points: each alone, each broken connection, and pairs. */
import { createHash } from 'node:crypto';
import type { Violation } from './auditor.ts';
import { type RunReport, runCrash } from './crash-run.ts';
import type { Carelessness } from './product-life.ts';
import type { Scenario } from './scenarios.ts';
import { breakPointsOf, crashPointsOf, type Point } from './wire.ts';

export interface Exploration {
  readonly scenario: Scenario;
  readonly careless?: Carelessness | undefined;
  /** This process's part of the first points, so that several can share the work. */
  readonly share?: { readonly index: number; readonly of: number };
  readonly breaks: boolean;
  /** Second points for each first one; `all`, or so many chosen by the seed. */
  readonly secondPoints: number | 'all';
  readonly seed?: string;
  readonly onReport?: (report: RunReport) => void;
}

export interface Tally {
  readonly scenario: string;
  readonly points: number;
  readonly breaks: number;
  readonly pairs: number;
  /** Pairs that there are. */
  readonly possiblePairs: number;
  readonly runs: number;
  readonly missed: readonly (readonly Point[])[];
  readonly violations: readonly { readonly points: readonly Point[]; readonly violations: readonly Violation[] }[];
  readonly mostInvocations: number;
}

export async function explore(exploration: Exploration): Promise<Tally> {
  const { scenario, careless, share = { index: 0, of: 1 }, breaks, secondPoints, seed = '1' } = exploration;
  const counts = { points: 0, breaks: 0, pairs: 0, possiblePairs: 0, runs: 0, mostInvocations: 0 };
  const missed: (readonly Point[])[] = [];
  const violations: { points: readonly Point[]; violations: readonly Violation[] }[] = [];

  async function run(points: readonly Point[]): Promise<RunReport> {
    const report = await runCrash({ scenario, points, careless });
    counts.runs += 1;
    counts.mostInvocations = Math.max(counts.mostInvocations, report.invocations);
    if (report.missed.length > 0) missed.push(points);
    if (report.violations.length > 0) violations.push({ points, violations: report.violations });
    exploration.onReport?.(report);
    return report;
  }

  const calm = await run([]);
  const [life] = calm.lives;
  if (!life) throw new Error('a run has a life');
  const isMine = (_: Point, index: number) => index % share.of === share.index;
  for (const point of crashPointsOf(life).filter(isMine)) {
    const single = await run([point]);
    counts.points += 1;
    const next = single.lives[1];
    const seconds = next ? crashPointsOf(next) : [];
    counts.possiblePairs += seconds.length;
    for (const second of chosen(seconds, secondPoints, `${seed} ${scenario.name} ${point}`)) {
      await run([point, second]);
      counts.pairs += 1;
    }
  }
  for (const point of breaks ? breakPointsOf(life).filter(isMine) : []) {
    await run([point]);
    counts.breaks += 1;
  }
  return { scenario: scenario.name, ...counts, missed, violations };
}

/** The same ones for the same seed. */
function chosen(points: readonly Point[], count: number | 'all', seed: string): readonly Point[] {
  if (count === 'all' || points.length <= count) return points;
  const rank = (point: Point) => createHash('sha1').update(`${seed} ${point}`).digest('hex');
  return points
    .map((point) => ({ point, rank: rank(point) }))
    .toSorted((one, other) => (one.rank < other.rank ? -1 : 1))
    .slice(0, count)
    .map(({ point }) => point);
}
