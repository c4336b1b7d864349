/** Goes through a scenario's points: each alone, each broken connection, and pairs. */
import { createHash } from 'node:crypto';
import type { Violation } from './auditor.ts';
import { type RunOptions, type RunReport, type RunState, runCrash } from './crash-run.ts';
import type { Carelessness } from './product-life.ts';
import type { Scenario } from './scenarios.ts';
import { breakPointsOf, crashPointsOf, type Point } from './wire.ts';

export interface Exploration {
  readonly scenario: Scenario;
  readonly careless?: Carelessness | undefined;
  /** This process's part of the first points, so that several can share the work. */
  readonly share?: { readonly index: number; readonly of: number };
  readonly breaks: boolean;
  /** So large a part of all pairs, from 0 to 1, chosen by the seed. */
  readonly pairs: number;
  /** Only after so large a part of the first points is there a second one: to keep the state at each takes time. */
  readonly firsts?: number;
  /** Also says which of the calls that are sent together arrive first. */
  readonly seed?: string;
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
  readonly mostCallsMore: number;
}

export async function explore(exploration: Exploration): Promise<Tally> {
  const { scenario, careless, share = { index: 0, of: 1 }, breaks, firsts = 1, seed = '1' } = exploration;
  const counts = { points: 0, breaks: 0, pairs: 0, possiblePairs: 0, runs: 0, mostInvocations: 0, mostCallsMore: 0 };
  const missed: (readonly Point[])[] = [];
  const violations: { points: readonly Point[]; violations: readonly Violation[] }[] = [];

  async function run(options: Omit<RunOptions, 'scenario' | 'careless' | 'seed'>): Promise<RunReport> {
    const report = await runCrash({ scenario, careless, seed, ...options });
    counts.runs += 1;
    counts.mostInvocations = Math.max(counts.mostInvocations, report.invocations);
    counts.mostCallsMore = Math.max(counts.mostCallsMore, report.callsMore);
    if (report.missed.length > 0) missed.push(report.points);
    if (report.violations.length > 0) violations.push({ points: report.points, violations: report.violations });
    return report;
  }

  const isChosen = (points: readonly Point[], part: number): boolean =>
    fraction(`${seed} ${scenario.name} ${points.join()}`) < part;

  // The state at each point is what a life that ends there leaves: so no run does again what came before it.
  const calm = await run({ captures: () => true });
  if (share.index === 0) missed.push(...uncaptured(calm));
  const mine = statesOf(calm).filter((_, index) => index % share.of === share.index);
  for (const { state, points } of mine) {
    counts.points += points;
    const isFirst = exploration.pairs > 0 && isChosen(state.points, firsts);
    const single = await run({ from: state, captures: () => isFirst });
    if (isFirst) missed.push(...uncaptured(single).map((second) => [...state.points, ...second]));
    counts.possiblePairs += points * pointsOf(single);
    for (const next of statesOf(single)) {
      if (!isChosen(next.state.points, exploration.pairs / firsts)) continue;
      await run({ from: next.state });
      counts.pairs += points * next.points;
    }
  }
  const broken = breaks ? breakPointsOf(calm.lives[0] ?? { calls: [] }) : [];
  for (const point of broken.filter((_, at) => at % share.of === share.index)) {
    await run({ points: [point] });
    counts.breaks += 1;
  }
  return { scenario: scenario.name, ...counts, missed, violations };
}

/** Points that were passed and of which there is no state: nothing could be tried there. */
function uncaptured({ lives, captured }: RunReport): readonly (readonly Point[])[] {
  const passed = crashPointsOf(lives[0] ?? { effects: [] });
  return passed.filter((point) => !captured.has(point)).map((point) => [point]);
}

/** Each with how many points lead to it. */
function statesOf({ captured }: RunReport): readonly { readonly state: RunState; readonly points: number }[] {
  const counts = new Map<RunState, number>();
  for (const state of captured.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, points]) => ({ state, points }));
}

function pointsOf(report: RunReport): number {
  return crashPointsOf(report.lives[0] ?? { effects: [] }).length;
}

/** From 0 to 1, the same for the same text. */
function fraction(text: string): number {
  return createHash('sha1').update(text).digest().readUInt32BE() / 2 ** 32;
}
