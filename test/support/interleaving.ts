/** Processes whose calls of their ports come one at a time, in an order that a test chooses. */
import fc from 'fast-check';
import { Crash } from './faults.ts';

/** Which of those that wait goes on, and whether it dies `before` its call or `after` it, unheard. */
export interface Turn {
  readonly pick: number;
  readonly fate: 'lives' | 'before' | 'after';
}

export interface Interleaving {
  /** The port, each of its calls waiting for its turn. */
  around<T extends object>(port: T): T;
  /** Runs all to their ends; each process makes one call at a time. */
  run<T>(processes: readonly (() => Promise<T>)[]): Promise<PromiseSettledResult<T>[]>;
}

/** Deaths are rare enough that most processes reach their end. */
export const turns: fc.Arbitrary<readonly Turn[]> = fc.array(
  fc.record({
    pick: fc.nat({ max: 11 }),
    fate: fc.oneof(
      { weight: 14, arbitrary: fc.constant('lives' as const) },
      { weight: 1, arbitrary: fc.constant('before' as const) },
      { weight: 1, arbitrary: fc.constant('after' as const) },
    ),
  }),
  { minLength: 5, maxLength: 60, size: 'max' },
);

/** After the last turn the first again, and nobody dies any more. */
export function createInterleaving(order: readonly Turn[]): Interleaving {
  const waiting: ((fate: Turn['fate']) => void)[] = [];
  let busy = 0;
  let turnsTaken = 0;

  /** Once everybody waits, one goes on. */
  function goOn(): void {
    if (busy > 0 || waiting.length === 0) return;
    const { pick = 0, fate = 'lives' } = order[turnsTaken % order.length] ?? {};
    const [next] = waiting.splice(pick % waiting.length, 1);
    busy += 1;
    next?.(turnsTaken < order.length ? fate : 'lives');
    turnsTaken += 1;
  }

  async function takeTurn(): Promise<Turn['fate']> {
    const { promise, resolve } = Promise.withResolvers<Turn['fate']>();
    waiting.push(resolve);
    busy -= 1;
    goOn();
    return promise;
  }

  return {
    around(port) {
      return new Proxy(port, {
        get(target, name: keyof typeof port & string) {
          const method = target[name];
          if (typeof method !== 'function') return method;
          return async (...parameters: readonly unknown[]) => {
            const fate = await takeTurn();
            if (fate === 'before') throw new Crash(`before ${name}`);
            const answer: unknown = await Reflect.apply(method, target, parameters);
            if (fate === 'after') throw new Crash(`after ${name}`);
            return answer;
          };
        },
      });
    },
    run(processes) {
      busy = processes.length;
      return Promise.allSettled(
        processes.map(async (process) => {
          try {
            return await process();
          } finally {
            busy -= 1;
            goOn();
          }
        }),
      );
    },
  };
}
