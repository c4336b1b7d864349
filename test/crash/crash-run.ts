/** One run: a scenario, lives of the product that end or meet broken connections where they were told to, and rest. */
import { setImmediate as turn } from 'node:timers/promises';
import { isTerminal } from '../../src/operations/operation.ts';
import { audit, type Violation } from './auditor.ts';
import { createCrashWorld, type CrashWorld } from './crash-world.ts';
import { type Holdings } from './outside.ts';
import { type Carelessness, type ProductLife, startLife } from './product-life.ts';
import { type Ask, operationIdOf, type Scenario } from './scenarios.ts';
import { createWire, type Point, type Wire } from './wire.ts';

export interface RunOptions {
  readonly scenario: Scenario;
  /** The first for the first life, the second for the one after it. */
  readonly points?: readonly Point[];
  readonly careless?: Carelessness | undefined;
}

export interface RunReport {
  readonly points: readonly Point[];
  /** Armed and never reached. */
  readonly missed: readonly Point[];
  /** What was called in each life. */
  readonly lives: readonly Pick<Wire, 'calls' | 'effects'>[];
  readonly violations: readonly Violation[];
  readonly calls: number;
  readonly invocations: number;
}

/** What the auditor is given: how it was before, what happened, and how it is at the end. */
export interface RunRecord {
  readonly scenario: Scenario;
  readonly world: CrashWorld;
  readonly before: readonly Holdings[];
  readonly effectsBefore: number;
  readonly trailBefore: number;
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

export async function runCrash({ scenario, points = [], careless }: RunOptions): Promise<RunReport> {
  const world = await createCrashWorld(scenario.tenants);
  const arranging = createSequence(world, []);
  await arranging.begin();
  await scenario.arrange(world, arranging.life(), () => arranging.settle([]).then(() => undefined));
  arranging.life().wire.kill();
  const before = world.holdings();
  const counts = { effectsBefore: world.effects().length, trailBefore: world.aws.trail.length };
  const sequence = createSequence(world, points, careless);
  await sequence.begin();
  const hasComeToRest = await sequence.settle(scenario.asks);
  const wires = sequence.wires();
  // What is asked from here on is the laboratory's own.
  const lives = wires.map((wire) => ({ calls: [...wire.calls], effects: [...wire.effects] }));
  const shown = await showOperations(world, sequence.life());
  await sequence.passHalfAnHour();
  const shownLater = await showOperations(world, sequence.life());
  const calls = lives.reduce((sum, life) => sum + life.calls.length, 0);
  const record: RunRecord = {
    ...{ scenario, world, before, ...counts, points, calls, hasComeToRest, shown, shownLater },
    strangeAnswers: sequence.strangeAnswers,
  };
  const violations = await audit(record);
  sequence.life().wire.kill();
  return {
    points,
    violations,
    calls,
    lives,
    missed: points.filter((_, index) => wires[index]?.wasHit !== true),
    invocations: Math.max(0, ...world.executions.records().map((one) => one.invocations)),
  };
}

interface Sequence {
  begin(): Promise<void>;
  life(): ProductLife;
  wires(): readonly Wire[];
  /** Until all is at rest and every caller has an answer; false when that does not come. */
  settle(asks: readonly Ask[]): Promise<boolean>;
  passHalfAnHour(): Promise<void>;
  readonly strangeAnswers: string[];
}

/** Many more than any run needs: each is a wait of the engine or a minute of the sweeper. */
const mostTimers = 200;
/** Turns of the event loop without anything at work, after which nothing more comes by itself. */
const quietTurns = 4;

interface Pending {
  readonly ask: Ask;
  isAsked: boolean;
  isAnswered: boolean;
}

function createSequence(world: CrashWorld, points: readonly Point[], careless?: Carelessness): Sequence {
  const wires: Wire[] = [];
  const strangeAnswers: string[] = [];
  let pending: Pending[] = [];
  let current: ProductLife | undefined;
  let isSweeping = false;

  const life = (): ProductLife => {
    if (!current) throw new Error('no life has begun');
    return current;
  };

  async function begin(): Promise<void> {
    const wire = createWire({ armed: points[wires.length], onCall });
    wires.push(wire);
    current = await startLife(world, wire, careless);
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
    for (let turns = 0; turns < quietTurns; turns += 1) {
      await turn();
      if (life().wire.isDead) {
        world.time.advance(1000);
        await begin();
        turns = 0;
      }
      if (life().isBusy()) turns = 0;
    }
  }

  async function isEverythingAtRest(asks: readonly Ask[]): Promise<boolean> {
    const ids = new Set([...(await world.operations.listOpen(1000)), ...asks.map(operationIdOf)]);
    let isAtRest = true;
    for (const id of ids) {
      const operation = await world.operations.get(id);
      if (!operation) continue;
      isAtRest &&= isTerminal(operation.state);
    }
    return isAtRest && (await world.operations.listOpen(1)).length === 0;
  }

  function sweepEachMinute(): void {
    if (isSweeping) return;
    isSweeping = true;
    world.time.everyMinute(() => {
      if (!life().wire.isDead) life().sweep();
    });
  }

  async function settle(asks: readonly Ask[]): Promise<boolean> {
    pending = asks.map((ask) => ({ ask, isAsked: false, isAnswered: false }));
    sweepEachMinute();
    for (let timers = 0; timers < mostTimers; timers += 1) {
      for (const one of pending) if (one.ask.at === undefined) askNow(one);
      await quiet();
      const isAtRest = await isEverythingAtRest(asks);
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

  return {
    ...{ begin, life, settle, strangeAnswers },
    wires: () => wires,
    async passHalfAnHour() {
      for (const minutes of [0, 30, 1]) {
        world.time.advance(minutes * 60_000);
        world.time.next();
        await quiet();
      }
    },
  };
}

async function showOperations(world: CrashWorld, life: ProductLife): Promise<readonly ShownOperation[]> {
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
