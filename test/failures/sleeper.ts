/** Whoever makes a certain call is held up there, as a sandbox that freezes or a request on a slow way, until it is woken. */
import { type Call, currentInvocation, type Wire } from '../crash/wire.ts';

export interface Sleeper {
  readonly between: (wire: Wire) => Wire;
  /** Until it sleeps. */
  readonly fallenAsleep: Promise<void>;
  readonly isAsleep: boolean;
  wake(): void;
}

export interface Sleep {
  /** How the call begins: `<system> <what is called>#<how-manieth>`, or `checkpoint#<how-manieth>`. */
  readonly at: string;
  /** Before the call goes out, or once it was carried out and before its answer is heard. */
  readonly when?: 'before' | 'after';
  /** The call alone is slow; what its invocation does beside it goes on. */
  readonly isSlowCall?: boolean;
  /** Woken by the first call of others that begins so. */
  readonly wokenBy?: string;
}

/** An invocation sleeps as a whole, unless told: of all that it does side by side nothing goes on. */
export function sleepingAt({ at, when = 'before', wokenBy, isSlowCall = false }: Sleep): Sleeper {
  const fallen = Promise.withResolvers<void>();
  const woken = Promise.withResolvers<void>();
  const counts = new Map<string, number>();
  /** Checkpoints that were reached before and not yet after; they end in their order. */
  const open: string[] = [];
  let invocation: object | undefined;
  let state: 'awake' | 'asleep' | 'woken' = 'awake';

  function wake(): void {
    if (state !== 'asleep') throw new Error(`nobody sleeps at ${at}`);
    state = 'woken';
    woken.resolve();
  }

  function count(name: string): string {
    const next = (counts.get(name) ?? 0) + 1;
    counts.set(name, next);
    return `${name}#${next}`;
  }

  async function rest(id: string, moment: 'before' | 'after'): Promise<void> {
    const own = currentInvocation.getStore();
    if (state === 'awake' && moment === when && id.startsWith(at)) {
      state = 'asleep';
      invocation = own;
      fallen.resolve();
      await woken.promise;
    } else if (state === 'asleep' && !isSlowCall && own !== undefined && own === invocation) {
      await woken.promise;
    } else if (state === 'asleep' && moment === 'before' && wokenBy !== undefined && id.startsWith(wokenBy)) {
      wake();
    }
  }

  function between(wire: Wire): Wire {
    async function pass<T>(call: Call, act: () => Promise<T>): Promise<T> {
      const id = count(call.name);
      await rest(id, 'before');
      try {
        return await wire.pass(call, act);
      } finally {
        await rest(id, 'after');
      }
    }
    async function reach(name: string, harm: 'before' | 'after'): Promise<void> {
      const id = harm === 'before' ? count(name) : (open.shift() ?? name);
      if (harm === 'before') open.push(id);
      await rest(id, harm);
      await wire.reach(name, harm);
    }
    const own: Partial<Wire> = { pass, reach };
    return new Proxy(wire, {
      get(target, key: keyof Wire) {
        if (key === 'asleep') return state === 'asleep' ? 1 : 0;
        return own[key] ?? target[key];
      },
    });
  }

  return {
    ...{ between, wake, fallenAsleep: fallen.promise },
    get isAsleep() {
      return state === 'asleep';
    },
  };
}
