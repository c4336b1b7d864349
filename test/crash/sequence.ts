/** Lives of the product, one after another, and callers who ask again until they have an answer. */
import { setImmediate as turn } from 'node:timers/promises';
import { terminal } from './auditor.ts';
import type { RunOptions, RunState } from './crash-run.ts';
import type { CrashWorld } from './crash-world.ts';
import { type ProductLife, startLife } from './product-life.ts';
import type { Ask } from './scenarios.ts';
import { createWire, type Point, type Wire } from './wire.ts';

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
    const headers = method === 'POST' ? { 'idempotency-key': key } : {};
    void life()
      .ask(method, path, { headers, ...(body ? { body } : {}) })
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
