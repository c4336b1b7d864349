/** Our clock and that of the others differ; each of them bears so much and no more. */
import { describe, expect, it } from 'vitest';
import { createTokenAuthenticator } from '../../sandbox/simulators/eks/token-authenticator.ts';
import { readAwsFault } from '../../src/adapters/aws-call-errors.ts';
import { mintEksToken } from '../../src/adapters/eks-token.ts';
import { sweepOperations } from '../../src/operations/sweep-operations.ts';
import type { Carelessness } from '../crash/product-life.ts';
import { acme, region } from '../crash/outside.ts';
import { bootstrapOf, type FleetRun, givenFleet, type Ran } from './fleet-run.ts';

const minuteMs = 60_000;
const bootstrap = bootstrapOf(acme, 'first');

/** So many minutes ours is ahead of GitHub's, or behind it. */
function skewGitHub({ world }: FleetRun, minutes: number): void {
  const now = (): Date => new Date(world.time.now().getTime() - minutes * minuteMs);
  Object.assign(world.github.world, { now });
}

/** STS and EKS live by the process's clock, by which the SDK signs. */
function skewAws({ world }: FleetRun, minutes: number): void {
  Object.assign(world.aws, { now: () => new Date(Date.now() - minutes * minuteMs) });
}

function expectNothingDone({ world }: FleetRun): void {
  expect(world.effects()).toEqual([]);
}

function expectDoneOnce({ world }: FleetRun): void {
  const actions = world.effects().map(({ action }) => action);
  expect(actions.filter((action) => action === 'commit')).toHaveLength(1);
  expect(actions.filter((action) => action === 'add-key')).toHaveLength(1);
}

function expectClockTold({ operations }: Ran, words: string): void {
  expect(operations).toMatchObject([{ state: 'FAILED', failure: { code: 'outside-call-refused', retryable: false } }]);
  expect(operations[0]?.failure?.detail).toContain(words);
}

const bearable = [-10, -5, -1, 1, 5, 10];
const unbearable = [
  { minutes: -16, is: 'behind' },
  { minutes: 16, is: 'ahead of' },
];

describe('a clock that differs from GitHub’s', () => {
  it.each(bearable)('does no harm at %s minutes', async (minutes) => {
    const fleet = await givenFleet([acme]);
    skewGitHub(fleet, minutes);

    const { operations } = await fleet.run([bootstrap]);

    expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectDoneOnce(fleet);
  });

  it.each(unbearable)('ends the operation at $minutes minutes, and is named', async ({ minutes, is }) => {
    const fleet = await givenFleet([acme]);
    skewGitHub(fleet, minutes);

    const ran = await fleet.run([bootstrap]);

    expectClockTold(ran, `our clock is 16 minutes ${is} GitHub's: set it right`);
    expectNothingDone(fleet);
  });
});

describe('a clock that differs from AWS’s', () => {
  it.each(bearable)('does no harm at %s minutes', async (minutes) => {
    const fleet = await givenFleet([acme]);
    skewAws(fleet, minutes);

    const { operations } = await fleet.run([bootstrap]);

    expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectDoneOnce(fleet);
  });

  it.each(unbearable)('ends the operation at $minutes minutes, and is named', async ({ minutes, is }) => {
    const fleet = await givenFleet([acme]);
    skewAws(fleet, minutes);

    const ran = await fleet.run([bootstrap]);

    expectClockTold(ran, `our clock is 16 minutes ${is} AWS's: set it right`);
    expectNothingDone(fleet);
  });

  it('is named where nothing but the refusal tells AWS’s time, and nothing else of it is passed on', () => {
    const message =
      'Signature not yet current: 20260101T001600Z is still later than 20260101T001500Z (20260101T000000Z + 15 min.)';
    const refused = Object.assign(new Error(message), { name: 'SignatureDoesNotMatch' });
    const other = Object.assign(new Error('The canonical request was …'), { name: 'SignatureDoesNotMatch' });

    expect(readAwsFault(refused).words).toBe("our clock is 16 minutes ahead of AWS's: set it right");
    expect(readAwsFault(other).words).toBe('');
  });

  it('lets tokens for clusters be accepted as long as it is not called wrong', async () => {
    const fleet = await givenFleet([acme]);
    await fleet.run([bootstrap]);
    const { aws } = fleet.world;
    const credentials = [...aws.sessions.values()].at(-1);
    if (!credentials) throw new Error('nobody has assumed the role');
    const authenticate = createTokenAuthenticator({
      aws,
      cluster: { accountId: acme.accountId, region, name: acme.cluster },
    });
    const usersAt = async (minutes: number) => {
      const now = new Date(aws.now().getTime() + minutes * minuteMs);
      const { token } = await mintEksToken({ credentials, region, eksName: acme.cluster, now });
      return authenticate(token);
    };

    for (const minutes of bearable) expect(await usersAt(minutes)).toBeDefined();
    for (const { minutes } of unbearable) expect(await usersAt(minutes)).toBeUndefined();
  });
});

/** Ours alone, in the middle of the job: when its key pair is made. */
function jumping(fleet: FleetRun, minutes: number): Carelessness {
  return (deps) => ({
    ...deps,
    keyPairs: {
      generate() {
        fleet.world.time.advance(minutes * minuteMs);
        skewGitHub(fleet, minutes);
        return deps.keyPairs.generate();
      },
    },
  });
}

describe('a clock that jumps in the middle of a job', () => {
  it.each(bearable)('does no harm by %s minutes', async (minutes) => {
    const fleet = await givenFleet([acme]);

    const { operations } = await fleet.run([bootstrap], { between: jumping(fleet, minutes) });

    expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectDoneOnce(fleet);
  });
});

describe('a sweeper whose clock is ahead', () => {
  it('gives up none that its request is only just starting', async () => {
    const fleet = await givenFleet([acme]);
    const reports: unknown[] = [];
    const sweeping: Carelessness = (deps) => {
      const ahead = { ...deps, now: () => new Date(deps.now().getTime() + 16 * minuteMs) };
      const start: typeof deps.engine.start = async (execution, signal) => {
        reports.push(await sweepOperations(ahead));
        await deps.engine.start(execution, signal);
      };
      return { ...deps, engine: { ...deps.engine, start } };
    };

    const { operations } = await fleet.run([bootstrap], { between: sweeping });

    expect(reports).toEqual([{ started: [expect.anything()], failed: [], troubled: [] }]);
    expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectDoneOnce(fleet);
  });

  it('ends no operation for its silence alone while somebody is at work on it', async () => {
    const fleet = await givenFleet([acme]);
    const reports: unknown[] = [];
    const sweeping: Carelessness = (deps) => {
      const ahead = { ...deps, now: () => new Date(deps.now().getTime() + 16 * minuteMs) };
      const { eks } = deps;
      const describeCluster: typeof eks.describeCluster = async (target, signal) => {
        reports.push(await sweepOperations(ahead));
        return eks.describeCluster(target, signal);
      };
      return { ...deps, eks: { ...eks, describeCluster } };
    };

    const { operations } = await fleet.run([bootstrap], { between: sweeping });

    expect(reports.length).toBeGreaterThan(0);
    expect(reports).toEqual(reports.map(() => ({ started: [], failed: [], troubled: [] })));
    expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectDoneOnce(fleet);
  });
});
