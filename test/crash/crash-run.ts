/** One run: a scenario, lives of the product that end or meet broken connections where they were told to, and rest. */
import { audit, type Violation } from './auditor.ts';
import { callsMoreEach } from './excess.ts';
import { createCrashWorld, type CrashWorld, type WorldSnapshot } from './crash-world.ts';
import { type Holdings } from './outside.ts';
import type { Carelessness, ProductLife } from './product-life.ts';
import type { Scenario } from './scenarios.ts';
import { createSequence, type Sequence } from './sequence.ts';
import type { Point, Wire } from './wire.ts';

export interface RunOptions {
  readonly scenario: Scenario;
  /** The first for the next life, the second for the one after it. */
  readonly points?: readonly Point[];
  readonly careless?: Carelessness | undefined;
  /** Says which of the calls that are sent together arrive first. */
  readonly seed?: string | undefined;
  /** Where the run goes on; at the scenario's beginning unless told. */
  readonly from?: RunState | undefined;
  /** Points of the first life at which the state is kept. */
  readonly captures?: ((point: Point) => boolean) | undefined;
}

export interface RunReport {
  /** Those at which lives ended, before this run and in it. */
  readonly points: readonly Point[];
  /** Armed and never reached. */
  readonly missed: readonly Point[];
  /** What was called in each life of this run. */
  readonly lives: readonly LifeRecord[];
  readonly violations: readonly Violation[];
  readonly invocations: number;
  /** Than in a calm run, for each fault and customer. */
  readonly callsMore: number;
  readonly captured: ReadonlyMap<Point, RunState>;
}

type LifeRecord = Pick<Wire, 'calls' | 'effects'>;

/** A run as far as it has come, its last life having ended there. */
export interface RunState {
  readonly world: WorldSnapshot;
  /** Of the scenario's asks. */
  readonly answered: readonly boolean[];
  readonly strangeAnswers: readonly string[];
  readonly points: readonly Point[];
  readonly calls: readonly string[];
  readonly before: readonly Holdings[];
}

/** What the auditor is given: how it was before, what happened, and how it is at the end. */
export interface RunRecord {
  readonly scenario: Scenario;
  readonly world: CrashWorld;
  readonly before: readonly Holdings[];
  readonly points: readonly Point[];
  /** Of all lives, those before this run included. */
  readonly calls: readonly string[];
  /** What is called when nothing goes wrong. */
  readonly calmCalls: readonly string[];
  readonly hasComeToRest: boolean;
  /** The operations as the API shows them, once at rest and once long after. */
  readonly shown: readonly ShownOperation[];
  readonly shownLater: readonly ShownOperation[];
  readonly strangeAnswers: readonly string[];
}

export interface ShownOperation {
  readonly id: string;
  readonly kind: string;
  readonly customer: string;
  /** What it works on: one of these. */
  readonly cluster?: string;
  readonly grant?: string;
  readonly state: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly text: string;
}

/** The same beginning serves all runs of a scenario. */
const beginnings = new Map<string, Promise<RunState>>();

function beginningOf(scenario: Scenario): Promise<RunState> {
  const known = beginnings.get(scenario.name) ?? arrange(scenario);
  beginnings.set(scenario.name, known);
  return known;
}

async function arrange(scenario: Scenario): Promise<RunState> {
  const world = await createCrashWorld(scenario.tenants);
  const sequence = createSequence(world, { asks: [] });
  await sequence.begin();
  await scenario.arrange(world, sequence.life(), async () => void (await sequence.settle()));
  sequence.life().wire.kill();
  const nothing = { answered: scenario.asks.map(() => false), strangeAnswers: [], points: [], calls: [] };
  return { ...nothing, world: await world.snapshot(), before: world.holdings() };
}

const calm = new Map<string, Promise<readonly string[]>>();

function calmCallsOf(scenario: Scenario): Promise<readonly string[]> {
  const known = calm.get(scenario.name) ?? callCalmly(scenario);
  calm.set(scenario.name, known);
  return known;
}

async function callCalmly(scenario: Scenario): Promise<readonly string[]> {
  const from = await beginningOf(scenario);
  const world = await createCrashWorld(scenario.tenants, from.world);
  // Whoever asks in between only cancels, and may come too late.
  const asks = scenario.asks.filter(({ at }) => at === undefined);
  const sequence = createSequence(world, { asks, from });
  await sequence.begin();
  await sequence.settle();
  sequence.life().wire.kill();
  return sequence.wires().flatMap(({ calls }) => calls);
}

export async function runCrash(options: RunOptions): Promise<RunReport> {
  const { scenario, points = [], careless, captures, seed } = options;
  const from = options.from ?? (await beginningOf(scenario));
  const world = await createCrashWorld(scenario.tenants, from.world);
  const captured = new Map<Point, RunState>();
  const states = new Map<string, RunState>();
  const keep = async (point: Point, { life, heard }: Sequence): Promise<void> => {
    const { wire } = life();
    // As long as nothing has been done since, a life that ends here leaves what it would have left there.
    const version = [wire.done, world.executions.texts.length, world.logged.length, heard().answered].join(' ');
    const calls = [...from.calls, ...wire.calls];
    const state = states.get(version) ?? {
      ...{ ...from, ...heard(), calls, points: [...from.points, point] },
      world: await world.snapshot(),
    };
    states.set(version, state);
    captured.set(point, state);
  };
  const sequence = createSequence(world, { asks: scenario.asks, from, points, careless, captures, keep, seed });
  if (from.points.length > 0) world.time.advance(1000);
  await sequence.begin();
  const hasComeToRest = await sequence.settle();
  const wires = sequence.wires();
  // What is asked from here on is the laboratory's own.
  const lives = wires.map((wire) => ({ calls: [...wire.calls], effects: [...wire.effects] }));
  const shown = await showOperations(world, sequence.life());
  await sequence.passHalfAnHour();
  const shownLater = await showOperations(world, sequence.life());
  sequence.life().wire.kill();
  const record: RunRecord = {
    ...{ scenario, world, hasComeToRest, shown, shownLater },
    before: from.before,
    points: [...from.points, ...points],
    calls: [...from.calls, ...lives.flatMap((life) => life.calls)],
    calmCalls: await calmCallsOf(scenario),
    strangeAnswers: sequence.heard().strangeAnswers,
  };
  return {
    ...{ lives, captured, points: record.points, violations: await audit(record) },
    missed: points.filter((_, index) => wires[index]?.wasHit !== true),
    callsMore: callsMoreEach(record),
    invocations: Math.max(0, ...world.executions.records().map((one) => one.invocations)),
  };
}

export async function showOperations(world: CrashWorld, life: ProductLife): Promise<readonly ShownOperation[]> {
  const shown: ShownOperation[] = [];
  for (const { customer } of world.tenants) {
    const answer = await life.ask('GET', `/v1/customers/${customer}/operations`);
    const { items } = (await answer.json()) as { items: readonly Omit<ShownOperation, 'text'>[] };
    shown.push(...items.map((item) => ({ ...item, customer, text: JSON.stringify(item) })));
  }
  return shown;
}
