/**
 * `npm run bench:e2e [-- --runs N] [--json FILE]`: how fast we are on real parts, side by side with Flux's own command
 * line and kubectl, one run of ours and one of theirs in turn. Ends with status 0 whether or not a goal is met.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDirectoryDistributions } from '../../src/adapters/distribution-directory.ts';
import type { Distribution } from '../../src/ports/distributions.ts';
import { type Rig, startRig } from '../rig/rig.ts';
import { accessOf } from '../support/e2e/rig-access.ts';
import { applyByPeer, applyByUs, type PeerRun } from './apply-runs.ts';
import { bootstrapByPeer, bootstrapByUs, type OurRun, peakMemoryMegabytes } from './bootstrap-runs.ts';
import { amountOf, describeMeasure, type Measure, ratioOf, writeMeasures } from './measure.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' }, json: { type: 'string' } } });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a whole number');

const directory = await mkdtemp(join(tmpdir(), 'fleet-bench-'));
const rig = await startRig({ directory, progress: (line) => console.log(line) });
try {
  const measures = [...(await measureBootstrap(rig)), ...(await measureApply(rig))];
  console.log(['', ...measures.map(describeMeasure)].join('\n'));
  if (values.json !== undefined) await writeMeasures(values.json, measures);
} finally {
  await rig.stop();
  await rm(directory, { recursive: true, force: true });
}

async function measureBootstrap(on: Rig): Promise<readonly Measure[]> {
  const access = accessOf(on);
  const ours: OurRun[] = [];
  const peer: number[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const own = await bootstrapByUs(access);
    ours.push(own);
    const theirs = await bootstrapByPeer(access);
    peer.push(theirs);
    console.log(`bootstrap ${run}: ${own.seconds.toFixed(2)} s, flux bootstrap git ${theirs.toFixed(2)} s`);
  }
  const memory = await peakMemoryMegabytes(access);
  const seconds = { ours: ours.map((run) => run.seconds), peer };
  return [
    ratioOf('bootstrap ÷ flux bootstrap git', 0.6, seconds),
    amountOf(
      'durable operations of a bootstrap',
      { atMost: 20, unit: 'operations' },
      ours.map((run) => run.durableOperations),
    ),
    amountOf(
      'bytes checkpointed by a bootstrap',
      { atMost: 16 * 1024, unit: 'bytes' },
      ours.map((run) => run.checkpointedBytes),
    ),
    amountOf(
      'requests to the Git host by a bootstrap',
      { atMost: null, unit: 'requests' },
      ours.map((run) => run.gitRequests),
    ),
    amountOf(
      'of them such that write',
      { atMost: 4, unit: 'requests' },
      ours.map((run) => run.gitWrites),
    ),
    amountOf('peak resident memory of API and engine', { atMost: 200, unit: 'MB' }, [memory]),
  ];
}

async function measureApply(on: Rig): Promise<readonly Measure[]> {
  const distribution = await loadDistribution(on);
  const ours: number[] = [];
  const peer: PeerRun[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const own = await applyByUs(on, distribution);
    const theirs = await applyByPeer(on, distribution);
    ours.push(own);
    peer.push(theirs);
    const [applied, established] = [theirs.applied.toFixed(2), theirs.established.toFixed(2)];
    console.log(`apply ${run}: ${own.toFixed(2)} s, kubectl ${applied} s, with its wait ${established} s`);
  }
  return [
    ratioOf('apply of Flux, until established ÷ kubectl apply', 0.5, { ours, peer: peer.map((run) => run.applied) }),
    ratioOf('the same ÷ kubectl apply and kubectl wait', null, { ours, peer: peer.map((run) => run.established) }),
  ];
}

async function loadDistribution({ built }: Rig): Promise<Distribution> {
  const distributions = createDirectoryDistributions(built.distributionsDirectory);
  const loaded = await distributions.load(built.fluxVersion, AbortSignal.timeout(60_000));
  if (loaded.kind !== 'loaded') throw new Error(loaded.detail);
  return loaded.distribution;
}
