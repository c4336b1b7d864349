/** One run: a scenario, lives of the product that end or meet broken connections where they were told to, and rest. */
import { setImmediate as turn } from 'node:timers/promises';
import { audit, terminal, type Violation } from './auditor.ts';
import { createCrashWorld, type CrashWorld, type WorldSnapshot } from './crash-world.ts';
import { type Holdings } from './outside.ts';
import { type Carelessness, type ProductLife, startLife } from './product-life.ts';
import type { Ask, Scenario } from './scenarios.ts';
import { createWire, type Point, type Wire } from './wire.ts';

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
  readonly calls: number;
  readonly before: readonly Holdings[];
}

/** What the auditor is given: how it was before, what happened, and how it is at the end. */
export interface RunRecord {
  readonly scenario: Scenario;
  readonly world: CrashWorld;
  readonly before: readonly Holdings[];
  readonly points: readonly Point[];
  readonly calls: number;
  readonly hasComeToRest: boolean;
  /** The operations as the API shows them, once at rest and once long after. */
  readonly shown: readonly ShownOperation[];
  readonly shownLater: readonly ShownOperation[];
  readonly strangeAnswers: readonly string[];
}

export interface ShownOperation {
  readonly id: string;
  readonly customer: string;
  readonly cluster: string;
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
  const nothing = { answered: scenario.asks.map(() => false), strangeAnswers: [], points: [], calls: 0 };
  return { ...nothing, world: await world.snapshot(), before: world.holdings() };
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
    const calls = from.calls + wire.calls.length;
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
    calls: lives.reduce((sum, life) => sum + life.calls.length, from.calls),
    strangeAnswers: sequence.heard().strangeAnswers,
  };
  return {
    ...{ lives, captured, points: record.points, violations: await audit(record) },
    missed: points.filter((_, index) => wires[index]?.wasHit !== true),
    invocations: Math.max(0, ...world.executions.records().map((one) => one.invocations)),
  };
}

export interface Sequence {
  begin(): Promise<void>;
  life(): ProductLife;
  wires(): readonly Wire[];
  /** Until all is at rest and every caller has an answer; false when that does not come. */
  settle(): Promise<boolean>;
  passHalfAnHour(): Promise<void>;
  heard(): Pick<RunState, 'answered' | 'strangeAnswers'>;
}

interface SequenceOptions extends Pick<RunOptions, 'points' | 'careless' | 'captures' | 'from' | 'seed'> {
  readonly asks: readonly Ask[];
  readonly keep?: (point: Point, sequence: Sequence) => Promise<void>;
  /** Stands between each life and its wire. */
  readonly between?: ((wire: Wire) => Wire) | undefined;
}

/** Many more than any run needs: each is a wait of the engine or a minute of the sweeper. */
const mostTimers = 200;
/** Turns of the event loop without anything at work, after which nothing more comes by itself. */
const quietTurns = 4;
/** So many without any call, while somebody waits to be told something: between two calls fewer pass. */
const silentTurns = 40;

interface Pending {
  readonly ask: Ask;
  isAsked: boolean;
  isAnswered: boolean;
}

export function createSequence(world: CrashWorld, options: SequenceOptions): Sequence {
  const { asks, from, points = [], careless, captures, keep, between, seed } = options;
  const wires: Wire[] = [];
  const strangeAnswers = [...(from?.strangeAnswers ?? [])];
  const pending: Pending[] = asks.map((ask, index) => {
    const isAnswered = from?.answered[index] === true;
    return { ask, isAnswered, isAsked: isAnswered };
  });
  let current: ProductLife | undefined;
  let isSweeping = false;

  const life = (): ProductLife => {
    if (!current) throw new Error('no life has begun');
    return current;
  };

  async function begin(): Promise<void> {
    const take = async (point: Point): Promise<void> => keep?.(point, sequence);
    const capture = wires.length === 0 && captures ? { wants: captures, take } : undefined;
    const wire = createWire({ armed: points[wires.length], onCall, capture, seed });
    wires.push(wire);
    current = await startLife(world, between?.(wire) ?? wire, careless);
    for (const one of pending) one.isAsked = one.isAnswered;
  }

  function onCall(call: string): void {
    // So that what comes later has a later time.
    world.time.advance(1);
    for (const one of pending) if (one.ask.at !== undefined && call.startsWith(one.ask.at)) askNow(one);
  }

  function askNow(one: Pending): void {
    if (one.isAsked) return;
    one.isAsked = true;
    const { method, path, key, body, statuses } = one.ask;
    const headers = { 'idempotency-key': key };
    void life()
      .ask(method, path, body ? { body, headers } : { headers })
      .then(async (answer) => {
        // What came of a broken connection is a 5xx, and is asked again.
        one.isAnswered = answer.status < 500;
        one.isAsked = one.isAnswered;
        if (one.isAnswered && !statuses.includes(answer.status)) {
          strangeAnswers.push(`${method} ${path}: ${answer.status} ${await answer.text()}`);
        }
      });
  }

  /** Until nobody does anything any more; a life that has ended is followed by the next one. */
  async function quiet(): Promise<void> {
    let before: string | undefined;
    let silent = 0;
    for (let turns = 0; turns < quietTurns; turns += 1) {
      await turn();
      if (life().wire.isDead) {
        world.time.advance(1000);
        await begin();
        turns = 0;
      }
      const standstill = life().standstill();
      silent = standstill !== undefined && standstill === before ? silent + 1 : 0;
      before = standstill;
      if (life().isBusy() && silent < silentTurns) turns = 0;
    }
  }

  async function isEverythingAtRest(): Promise<boolean> {
    const states = [...world.states.values()].map((list) => list.at(-1));
    if (!states.every((state) => state !== undefined && terminal.has(state))) return false;
    return (await world.operations.listOpen(1)).length === 0;
  }

  function sweepEachMinute(): void {
    if (isSweeping) return;
    isSweeping = true;
    world.time.everyMinute(() => {
      if (!life().wire.isDead) life().sweep();
    });
  }

  async function settle(): Promise<boolean> {
    sweepEachMinute();
    for (let timers = 0; timers < mostTimers; timers += 1) {
      for (const one of pending) if (one.ask.at === undefined) askNow(one);
      await quiet();
      const isAtRest = await isEverythingAtRest();
      const isRunning = world.executions.records().some(({ status }) => status === 'RUNNING');
      if (isAtRest && !isRunning) {
        const late = pending.filter(({ isAnswered }) => !isAnswered);
        if (late.length === 0) return true;
        late.forEach(askNow);
      } else {
        world.time.next();
      }
    }
    return false;
  }

  const sequence: Sequence = {
    ...{ begin, life, settle },
    wires: () => wires,
    heard: () => ({ answered: pending.map(({ isAnswered }) => isAnswered), strangeAnswers: [...strangeAnswers] }),
    async passHalfAnHour() {
      for (const minutes of [0, 30, 1]) {
        world.time.advance(minutes * 60_000);
        world.time.next();
        await quiet();
      }
    },
  };
  return sequence;
}

export async function showOperations(world: CrashWorld, life: ProductLife): Promise<readonly ShownOperation[]> {
  const shown: ShownOperation[] = [];
  for (const { customer } of world.tenants) {
    const answer = await life.ask('GET', `/v1/customers/${customer}/operations`);
    const { items } = (await answer.json()) as { items: readonly { id: string }[] };
    for (const { id } of items) {
      const one = await life.ask('GET', `/v1/customers/${customer}/operations/${id}`);
      const text = await one.text();
      shown.push({ ...(JSON.parse(text) as ShownOperation), customer, text });
    }
  }
  return shown;
}
