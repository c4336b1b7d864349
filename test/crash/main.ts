/**
 * The crash laboratory: `npm run crash`. Every point alone, every broken connection, all pairs of a bootstrap and more
 * than two thousand of each other scenario, on as many processes as there are cores. Points between which nothing was
 * done outside leave the same state: that state is run once, and counts for each of them.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runCrash } from './crash-run.ts';
import { explore, type Tally } from './explore.ts';
import { scenarioNamed, scenarios } from './scenarios.ts';

const usage = `Usage: npm run crash -- [options]

Without options: all scenarios; a line for each when it is done. All in all it takes a quarter of an hour on two cores.

  --scenario NAME   only this one: ${scenarios.map(({ name }) => name).join(', ')}
  --points 'A,B'    of it, one run: its first life ends at A, the second at B, as a report names them
  --pairs SHARE     so large a part of the pairs, from 0 to 1
  --seed TEXT       chooses other pairs; 1 unless told
  --help            this text
`;
const values = readOptions();
if (values.help) {
  process.stdout.write(usage);
  process.exit();
}

function readOptions() {
  const text = { type: 'string' } as const;
  try {
    const options = { scenario: text, points: text, pairs: text, share: text } as const;
    const { values: read } = parseArgs({
      options: { ...options, seed: { ...text, default: '1' }, help: { type: 'boolean', default: false } },
    });
    return read;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

/** Of these so large a part of the pairs, by the seed: all of them would take an hour. Each comes to some 2,100. */
const sampled: Readonly<Record<string, number>> = {
  repair: 0.135,
  cancel: 0.15,
  'two-customers': 0.02,
  'two-callers': 0.07,
  grant: 0.48,
  revoke: 0.4,
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
