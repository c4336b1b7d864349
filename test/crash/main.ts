/**
 * The crash laboratory: `npm run crash`. Every point alone, every broken connection, all pairs of a bootstrap and more
 * than two thousand of each other scenario, on as many processes as there are cores. Points between which nothing was
 * done outside leave the same state: that state is run once, and counts for each of them.
 *
 *   npm run crash -- --scenario bootstrap                      one scenario
 *   npm run crash -- --scenario bootstrap --points 'A,B'       one run: its first life ends at A, the second at B
 *   npm run crash -- --seed 7 --pairs 0.1                      other pairs, and another part of them
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runCrash } from './crash-run.ts';
import { explore, type Tally } from './explore.ts';
import { scenarioNamed, scenarios } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string' },
    points: { type: 'string' },
    pairs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    share: { type: 'string' },
  },
});

/** Of these so large a part of the pairs, by the seed: all of them would take an hour. */
const sampled: Readonly<Record<string, number>> = {
  repair: 0.15,
  cancel: 0.3,
  'two-customers': 0.06,
  'two-callers': 0.15,
};
/** Fewer than so many pairs of a scenario are no sample. */
const fewestPairs = 2000;

if (values.points !== undefined) await runOnce(values.scenario ?? 'bootstrap', values.points.split(','));
else if (values.share !== undefined) await work(values.share);
else await lead();

async function runOnce(name: string, points: readonly string[]): Promise<void> {
  const report = await runCrash({ scenario: scenarioNamed(name), points, seed: values.seed });
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  if (report.violations.length + report.missed.length > 0) process.exitCode = 1;
}

function wanted() {
  return values.scenario === undefined ? scenarios : [scenarioNamed(values.scenario)];
}

function partOf(name: string): number {
  return values.pairs === undefined ? (sampled[name] ?? 1) : Number(values.pairs);
}

/** One process's part. */
async function work(share: string): Promise<void> {
  const [index = 0, of = 1] = share.split('/').map(Number);
  for (const scenario of wanted()) {
    const pairs = partOf(scenario.name);
    process.send?.(await explore({ scenario, pairs, seed: values.seed, breaks: true, share: { index, of } }));
  }
}

async function lead(): Promise<void> {
  const startedAt = performance.now();
  const count = availableParallelism();
  const tallies: Tally[] = [];
  const isClean: boolean[] = [];
  const keep = (tally: Tally): void => {
    tallies.push(tally);
    const all = tallies.filter(({ scenario }) => scenario === tally.scenario);
    if (all.length === count) isClean.push(say(tally.scenario, all));
  };
  const codes = await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const child = fork(import.meta.filename, [...process.argv.slice(2), '--share', `${index}/${count}`]);
      child.on('message', (tally) => keep(tally as Tally));
      const { promise, resolve } = Promise.withResolvers<number>();
      child.on('exit', (code) => resolve(code ?? 1));
      return promise;
    }),
  );
  const isWhole = codes.every((code) => code === 0) && tallies.length === count * wanted().length;
  process.stdout.write(`${((performance.now() - startedAt) / 1000).toFixed(0)} s on ${count} processes\n`);
  if (!isWhole) process.stdout.write('a process did not end well\n');
  if (!isWhole || isClean.includes(false)) process.exitCode = 1;
}

/** Says what came of one scenario; true when nothing is wrong. */
function say(name: string, tallies: readonly Tally[]): boolean {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  const violations = tallies.flatMap((tally) => tally.violations);
  const missed = tallies.flatMap((tally) => tally.missed);
  const armed = sum(({ points }) => points) + sum(({ breaks }) => breaks) + sum(({ pairs }) => pairs);
  process.stdout.write(
    `${name}: ${sum(({ points }) => points)} points, ${sum(({ breaks }) => breaks)} broken connections, ` +
      `${sum(({ pairs }) => pairs)} of ${sum(({ possiblePairs }) => possiblePairs)} pairs; ` +
      `${armed - missed.length} of ${armed} hit; ${sum(({ runs }) => runs)} runs; ` +
      `at most ${Math.max(...tallies.map(({ mostInvocations }) => mostInvocations))} invocations, ` +
      `${Math.ceil(Math.max(...tallies.map(({ mostCallsMore }) => mostCallsMore)))} calls more for a fault; ` +
      `${violations.length} runs with violations\n`,
  );
  for (const points of missed) process.stdout.write(`  not reached: --points '${points.join(',')}'\n`);
  for (const found of violations) {
    process.stdout.write(`  --scenario ${name} --points '${found.points.join(',')}'\n`);
    for (const { invariant, what } of found.violations) process.stdout.write(`    ${invariant}: ${what}\n`);
  }
  const isSample = values.pairs !== undefined || sum(({ pairs }) => pairs) >= fewestPairs;
  if (!isSample) process.stdout.write(`  fewer than ${fewestPairs} pairs\n`);
  return isSample && violations.length + missed.length === 0;
}
