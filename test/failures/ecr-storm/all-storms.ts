/** A thousand storms over the policies of a registry, on as many processes as there are cores: `npm run storm`. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { added, nothing, runStorms, type StormSum } from './sum-storms.ts';

const all = 1000;

const [share] = process.argv.slice(2);
if (share !== undefined) process.send?.(await runStorms(seedsOf(share)));
else if (!(await runAllStorms())) process.exitCode = 1;

function* seedsOf(part: string): Iterable<number> {
  const [index = 0, of = 1] = part.split('/').map(Number);
  for (let seed = index; seed < all; seed += of) yield seed;
}

/** Says what came of them; true when nothing is wrong. */
async function runAllStorms(): Promise<boolean> {
  const startedAt = performance.now();
  const count = availableParallelism();
  const sums = await Promise.all(Array.from({ length: count }, (_, index) => sumOfShare(`${index}/${count}`)));
  const { seeds, wrong, reconciles, counts } = sums.reduce(added, nothing);
  process.stdout.write(
    `ECR policies: ${seeds} storms in ${((performance.now() - startedAt) / 1000).toFixed(0)} s; ` +
      `${counts.operations} operations, ${counts.failed} failed; ${counts.writes} writes, ${counts.lateWrites} of them late; ${counts.edits} edits by hand, ` +
      `${counts.lostToRaces} lost to races and ${counts.lostToStaleReads} to stale reads, all done again; ` +
      `${counts.rightsLost} rights lost to edits; no reconcile needed ${reconciles[0]} times, ` +
      `one ${reconciles[1]}, two ${reconciles[2]}; ${wrong.length} times something wrong\n`,
  );
  for (const { seed, what } of wrong) process.stdout.write(`  seed ${seed}: ${what}\n`);
  return seeds === all && wrong.length === 0;
}

function sumOfShare(part: string): Promise<StormSum> {
  const { promise, resolve } = Promise.withResolvers<StormSum>();
  const child = fork(import.meta.filename, [part]);
  child.on('message', (sum) => resolve(sum as StormSum));
  // Without an answer it counts for nothing, and so the thousand are not whole.
  child.on('exit', () => resolve(nothing));
  return promise;
}
