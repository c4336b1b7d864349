/** A process of the product that can die at any of its port calls, or lose the answer to one. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { OutsideSystem } from '../../src/errors.ts';
import { Crash, unavailable } from './faults.ts';
import type { Fleet } from './fleet.ts';

export const cutKinds = ['crash-before', 'crash-after', 'no-answer', 'answer-lost'] as const;
/**
 * A crash ends the process: it makes no further call. The others are errors that the code meets: `no-answer` when the
 * call did nothing, `answer-lost` when it did all.
 */
export type CutKind = (typeof cutKinds)[number];

/** At the call of this index, counted from 0 within one process. */
export interface Cut {
  readonly at: number;
  readonly kind: CutKind;
}

export interface Life<T> {
  /** Absent: it died, or threw. */
  readonly answer?: T;
  readonly error?: unknown;
  /** `port.method`, in the order of the calls. */
  readonly calls: readonly string[];
  readonly wasCut: boolean;
}

export interface MortalProcess {
  /** Does the work as one process; cut where that is said. `onCall` is awaited before each call. */
  live<T>(work: () => Promise<T>, options?: LifeOptions): Promise<Life<T>>;
}

export interface LifeOptions {
  readonly cut?: Cut | undefined;
  readonly onCall?: ((call: string) => Promise<void> | void) | undefined;
}

interface Living extends LifeOptions {
  readonly calls: string[];
  isDead: boolean;
  wasCut: boolean;
}

/** Puts itself between the product and its own side of the world (table and engine); work outside `live` is not cut. */
export function mortalProcess(fleet: Fleet): MortalProcess {
  const living = new AsyncLocalStorage<Living>();
  const { registry, operations, events, engine } = fleet.deps;
  Object.assign(fleet.deps, {
    registry: around(registry, { living, name: 'registry', system: 'dynamodb' }),
    operations: around(operations, { living, name: 'operations', system: 'dynamodb' }),
    events: around(events, { living, name: 'events', system: 'dynamodb' }),
    engine: around(engine, { living, name: 'engine', system: 'workflow-engine' }),
  });
  return {
    async live(work, options = {}) {
      const life: Living = { ...options, calls: [], isDead: false, wasCut: false };
      try {
        const answer = await living.run(life, work);
        return { calls: life.calls, wasCut: life.wasCut, ...(life.isDead ? {} : { answer }) };
      } catch (error) {
        return { calls: life.calls, wasCut: life.wasCut, error };
      }
    },
  };
}

interface Place {
  readonly living: AsyncLocalStorage<Living>;
  readonly name: string;
  readonly system: OutsideSystem;
}

function around<T extends object>(port: T, { living, name, system }: Place): T {
  return new Proxy(port, {
    get(target, key: keyof T & string) {
      const method = target[key];
      if (typeof method !== 'function') return method;
      return async (...parameters: readonly unknown[]) => {
        const act = (): unknown => Reflect.apply(method, target, parameters);
        const life = living.getStore();
        return life ? callAs(life, { call: `${name}.${key}`, system, act }) : act();
      };
    },
  });
}

async function callAs(
  life: Living,
  { call, system, act }: { readonly call: string; readonly system: OutsideSystem; readonly act: () => unknown },
): Promise<unknown> {
  breathe(life);
  const index = life.calls.push(call) - 1;
  await life.onCall?.(call);
  breathe(life);
  const kind = life.cut?.at === index ? life.cut.kind : undefined;
  if (kind) life.wasCut = true;
  if (kind === 'crash-before') die(life);
  if (kind === 'no-answer') throw unavailable(system);
  const answer = await act();
  if (kind === 'crash-after') die(life);
  if (kind === 'answer-lost') throw unavailable(system);
  breathe(life);
  return answer;
}

function breathe(life: Living): void {
  if (life.isDead) throw new Crash('the process is dead');
}

function die(life: Living): never {
  life.isDead = true;
  throw new Crash('the process dies');
}
