/** Others push while a bootstrap commits: whatever they do, there is one commit of ours, and nothing of theirs is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../sandbox/simulators/faults.ts';
import { appsYaml } from '../crash/github-side.ts';
import { acme } from '../crash/outside.ts';
import { operationIdOf } from '../crash/scenarios.ts';
import { bootstrapOf, type FleetRun, givenFleet, type Ran } from './fleet-run.ts';
import { watched } from './watched-calls.ts';

interface Race {
  /** How often somebody pushes just before the branch would be moved. */
  readonly pushes: number;
  /** Somebody pushes once more between the move of the branch and the next look at it. */
  readonly isBuiltUpon: boolean;
  /** Calls that go wrong at GitHub. */
  readonly faults: readonly Fault[];
}

const ask = bootstrapOf(acme, 'first');
const ourFolder = 'flux/clusters/production/flux-system/';

function fault(action: string, how: Partial<Fault>): Fault {
  return { action, times: 1, delayMilliseconds: 0, when: 'before', isStale: false, ...how };
}

const staleHead = fault('github:GetRef', { isStale: true });
const lostAnswer = fault('github:UpdateRef', { when: 'after', error: 'reset' });

function theirs(push: number): Readonly<Record<string, string>> {
  return { [`docs/push-${push}.md`]: `Push ${push}\n`, 'README.md': `Changed ${push} times\r\n\ttrailing \n` };
}

interface Raced {
  readonly fleet: FleetRun;
  readonly ran: Ran;
  readonly pushed: number;
  /** When each request went out that creates content, in milliseconds. */
  readonly contentAtMs: readonly number[];
}

async function runRace({ pushes, isBuiltUpon, faults }: Race): Promise<Raced> {
  const fleet = await givenFleet([acme]);
  const { world } = fleet.world.github;
  world.faults = faults.map((one) => ({ ...one }));
  let pushed = 0;
  let isMoved = false;
  let isStillToBuild = isBuiltUpon;
  const push = (): void => {
    pushed += 1;
    world.commitByOther(acme.repository, { files: theirs(pushed), message: `Push ${pushed}` });
  };
  const contentAtMs: number[] = [];
  const between = watched(({ name }) => {
    if (isContent(name)) contentAtMs.push(fleet.world.time.now().getTime());
    if (isMove(name) && pushed < pushes) {
      push();
    } else if (isMoved && isStillToBuild) {
      isStillToBuild = false;
      push();
    }
    isMoved = isMove(name);
  });
  const ran = await fleet.run([ask], { between });
  return { fleet, ran, pushed, contentAtMs };
}

function isMove(name: string): boolean {
  return name.startsWith('github PATCH /repos/{repository}/git/refs/');
}

/** What GitHub counts against 80 a minute. */
function isContent(name: string): boolean {
  return /^github (POST|PATCH|PUT) \/repos\//.test(name);
}

function mostInAMinute(atMs: readonly number[]): number {
  return Math.max(...atMs.map((from) => atMs.filter((at) => at >= from && at < from + 60_000).length));
}

function branchMoves({ world }: FleetRun) {
  return world.github.world.history.filter(
    ({ action, detail }) => action === 'github:UpdateRef' && detail['changed'] === true,
  );
}

/** Of the branch as it is at the end. */
function expectOneCommitAndNothingLost({ fleet, pushed }: { fleet: FleetRun; pushed: number }): void {
  const [holdings] = fleet.world.holdings();
  const commits = holdings?.commits ?? [];
  const ours = commits.filter(({ message }) => message.includes(`Fleet-Operation: ${operationIdOf(ask)}`));
  expect(ours).toHaveLength(1);
  // Ours, the first, and each of theirs: so no commit has been taken out of the branch.
  expect(commits).toHaveLength(2 + pushed);
  for (let push = 1; push <= pushed; push += 1) {
    expect(commits.filter(({ message }) => message === `Push ${push}`)).toHaveLength(1);
  }
  expect(branchMoves(fleet).filter(({ detail }) => detail['isForced'] === true)).toEqual([]);
  expect(Object.fromEntries([...(holdings?.files ?? [])].filter(([path]) => !path.startsWith(ourFolder)))).toEqual({
    'README.md': 'Infrastructure of acme\n',
    'flux/clusters/production/apps.yaml': appsYaml,
    ...Object.assign({}, ...Array.from({ length: pushed }, (_, index) => theirs(index + 1))),
  });
}

describe('a bootstrap whose branch moves', () => {
  it.each([1, 5, 10, 40])('%i times before it could commit makes one commit', async (pushes) => {
    const race = await runRace({ pushes, isBuiltUpon: false, faults: [] });

    expect(race.pushed).toBe(pushes);
    expect(race.ran.operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectOneCommitAndNothingLost(race);
  });
});

describe('a bootstrap in a repository in which somebody pushes without an end', () => {
  it('ends as such in time, and leaves requests to the other bootstraps of the installation', async () => {
    const { fleet, ran, pushed, contentAtMs } = await runRace({ pushes: Infinity, isBuiltUpon: false, faults: [] });

    const [{ state, failure, createdAt, deadlineAt } = { state: 'none' }] = ran.operations;
    expect({ state, ...failure }).toMatchObject({ state: 'FAILED', code: 'repository-busy', retryable: true });
    expect(pushed).toBe(64);
    expect(mostInAMinute(contentAtMs)).toBeLessThanOrEqual(50);
    // What the budget postpones would move the deadline.
    expect(Date.parse(deadlineAt ?? '') - Date.parse(createdAt ?? '')).toBe(30 * 60_000);
    expect(fleet.world.time.now().getTime()).toBeLessThan(Date.parse(deadlineAt ?? ''));
  });
});

describe('a bootstrap that is not told how its commit went', () => {
  it('finds its commit on the branch and makes no second one', async () => {
    const race = await runRace({ pushes: 0, isBuiltUpon: false, faults: [lostAnswer] });

    expect(race.fleet.world.github.world.faults).toEqual([]);
    expect(race.ran.operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectOneCommitAndNothingLost(race);
  });

  it('finds it under what others have pushed on top since', async () => {
    const race = await runRace({ pushes: 0, isBuiltUpon: true, faults: [lostAnswer] });

    expect(race.pushed).toBe(1);
    expect(race.ran.operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectOneCommitAndNothingLost(race);
  });
});

describe('a bootstrap that is shown a head from before', () => {
  it.each([1, 3])('%i times, builds on none that has been left behind', async (times) => {
    const race = await runRace({ pushes: 1, isBuiltUpon: false, faults: [{ ...staleHead, times }] });

    expect(race.ran.operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expectOneCommitAndNothingLost(race);
  });
});

describe('a bootstrap in any race', () => {
  it('makes one commit and loses nothing', async () => {
    const races = fc.record({
      pushes: fc.integer({ min: 0, max: 10 }),
      isBuiltUpon: fc.boolean(),
      faults: fc.array(fc.constantFrom(staleHead, lostAnswer), { maxLength: 3 }),
    });

    await fc.assert(
      fc.asyncProperty(races, async (race) => {
        const ended = await runRace(race);

        expect(ended.ran.operations).toMatchObject([{ state: 'SUCCEEDED' }]);
        expectOneCommitAndNothingLost(ended);
      }),
      { numRuns: 5 },
    );
  });
});
