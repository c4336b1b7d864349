/** An invocation that everybody took for dead wakes while, or after, a newer one does its work. */
import { describe, expect, it } from 'vitest';
import { audit } from '../crash/auditor.ts';
import { showOperations } from '../crash/crash-run.ts';
import { acme } from '../crash/outside.ts';
import { operationIdOf, scenarioNamed } from '../crash/scenarios.ts';
import { type FleetRun, givenFleet, type Ran } from './fleet-run.ts';
import { type Sleep, type Sleeper, sleepingAt } from './sleeper.ts';

const scenario = scenarioNamed('bootstrap');
const refusal = 'Invalid checkpoint token';

interface Outcome {
  readonly fleet: FleetRun;
  readonly ran: Ran;
  readonly before: ReturnType<FleetRun['world']['holdings']>;
  readonly sleeper: Sleeper;
}

async function runWith(sleep: Sleep): Promise<Outcome> {
  const fleet = await givenFleet([acme]);
  const before = fleet.world.holdings();
  const sleeper = sleepingAt(sleep);
  const ran = await fleet.run(scenario.asks, { sleeper });
  await sleeper.fallenAsleep;
  return { fleet, ran, before, sleeper };
}

/** As the auditor of the crash laboratory judges any run. */
async function expectOneEffectOfEach({ fleet, ran, before }: Outcome): Promise<void> {
  const { world } = fleet;
  const { sequence } = ran;
  const shown = await showOperations(world, sequence.life());
  await sequence.passHalfAnHour();
  const shownLater = await showOperations(world, sequence.life());
  const violations = await audit({
    ...{ scenario, world, before, shown, shownLater, points: [] },
    ...{ calls: ran.calls, calmCalls: ran.calls, hasComeToRest: ran.hasComeToRest },
    strangeAnswers: sequence.heard().strangeAnswers,
  });
  expect(violations).toEqual([]);
  expect(shown).toMatchObject([{ id: scenario.asks.map(operationIdOf)[0], state: 'SUCCEEDED' }]);
  const atGitHost = world.effects().filter(({ system }) => system === 'git');
  expect(atGitHost.map(({ action }) => action).toSorted()).toEqual(['add-key', 'commit']);
  const [holdings] = world.holdings();
  expect(holdings?.commits.filter(({ message }) => message.includes('Fleet-Operation: '))).toHaveLength(1);
  expect(holdings?.deployKeys).toMatchObject([{ publicKey: holdings?.secretPublicKey, isReadOnly: true }]);
}

/** Of two invocations: the older one is refused and ends itself alone, and the newer one ends the execution. */
function expectRefusedAndSurvived({ fleet, ran }: Outcome): void {
  const { world } = fleet;
  expect(world.executions.records()).toMatchObject([{ status: 'SUCCEEDED', invocations: expect.any(Number) }]);
  const refused = world.logged.filter((entry) => isEvent(entry, 'checkpoint refused'));
  expect(new Set(refused.map(({ error }) => error))).toEqual(new Set([refusal]));
  const thrown = ran.life.ended.filter((one) => 'thrown' in one);
  expect(thrown).toEqual([{ thrown: expect.stringContaining(refusal) }]);
  // An answer of FAILED would be that of the whole execution.
  const answered = ran.life.ended.flatMap((one) => ('status' in one ? one.status : []));
  expect(answered).not.toContain('FAILED');
}

function isEvent(entry: unknown, event: string): entry is { readonly error: string } {
  return typeof entry === 'object' && entry !== null && 'event' in entry && entry.event === event;
}

const commit = 'github PATCH /repos/{repository}/git/refs/';
const key = 'github POST /repos/{repository}/keys#';
const secret = 'kubernetes POST secrets#';

describe('an invocation that wakes after a newer one has done everything', () => {
  it.each([
    { when: 'before', at: 'eks POST /clusters/{cluster}/access-entries#1' },
    { when: 'before', at: commit },
    { when: 'before', at: key },
    { when: 'before', at: secret },
    { when: 'before', at: 'dynamodb UpdateItem RUNTIME#2' },
    { when: 'after', at: 'checkpoint#3' },
  ] as const)('is refused, and its late effect is as good as none: $when $at', async (moment) => {
    const outcome = await runWith(moment);
    expect(outcome.ran.operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expect(outcome.sleeper.isAsleep).toBe(true);

    const { world } = outcome.fleet;
    const items = await world.allItems();

    outcome.sleeper.wake();
    await outcome.ran.sequence.settle();

    expect(await world.allItems()).toEqual(items);
    expectRefusedAndSurvived(outcome);
    await expectOneEffectOfEach(outcome);
  });
});

describe('an invocation that wakes when a newer one comes to the same place', () => {
  it.each([commit, secret])('leaves one effect of the two: %s', async (at) => {
    const outcome = await runWith({ at, wokenBy: at });

    expect(outcome.sleeper.isAsleep).toBe(false);
    expectRefusedAndSurvived(outcome);
    await expectOneEffectOfEach(outcome);
  });
});
