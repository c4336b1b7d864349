/** What lies between one life of the product and everything outside of it: each call is a place where it can go wrong. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ConnectionReset } from '../../sandbox/simulators/faults.ts';
import { createCrossing } from './crossing.ts';

/**
 * `<system> <what is called>#<how-manieth in this life> <harm>`. The harm is `before` or `after`: the life ends there, at
 * once; or `refused`: the connection breaks before anything was done; or `lost`: after all was done, so that only the
 * answer is missing.
 */
export type Point = string;

export interface Call {
  /** Such as `kubernetes PATCH Secret flux-system/flux-system`. */
  readonly name: string;
  /** It changes something outside: only such calls are worth a crash before and after. */
  readonly hasEffect: boolean;
}

/** The invocation that a call is made in; none for a request to the API, and for the sweeper. */
export const currentInvocation = new AsyncLocalStorage<object>();

export interface Wire {
  readonly isDead: boolean;
  /** Requests and invocations that somebody holds up: time passes without them. */
  readonly asleep: number;
  /** Calls that were made and are not carried out yet, whoever still waits for them. */
  readonly underWay: number;
  /** `<name>#<n>` in the order in which they were made. */
  readonly calls: readonly string[];
  /** Of these, the ones with an effect. */
  readonly effects: readonly string[];
  /** How many effects are done. */
  readonly done: number;
  /** The armed point was reached. */
  readonly wasHit: boolean;
  /** Makes the call. In a life that has ended nothing happens any more, and nothing is answered. */
  pass<T>(call: Call, act: () => Promise<T>): Promise<T>;
  /** A moment without a call of its own, such as a checkpoint's. */
  reach(name: string, harm: 'before' | 'after'): Promise<void>;
  /** How many wait to be told something, without a call: time passes for them. */
  readonly listening: number;
  /** Waits so; in a life that has ended nothing is told. */
  listen<T>(wait: () => Promise<T>): Promise<T>;
  /** Ends the life from outside. */
  kill(): void;
  readonly death: Promise<void>;
}

export interface WireOptions {
  readonly armed?: Point | undefined;
  /** Told of each call that is about to be made. */
  readonly onCall?: ((call: string) => void) | undefined;
  /** Looks at the world as it would be if the life ended here; meanwhile nothing else happens. */
  readonly capture?: Capture | undefined;
  /** Says which of the calls that are sent together arrive first. */
  readonly seed?: string | undefined;
}

export interface Capture {
  readonly wants: (point: Point) => boolean;
  readonly take: (point: Point) => Promise<void>;
}

export function createWire({ armed, onCall, capture, seed = '1' }: WireOptions = {}): Wire {
  const counts = new Map<string, number>();
  const calls: string[] = [];
  const effects: string[] = [];
  /** Moments that were reached before and not yet after; they end in their order. */
  const open: string[] = [];
  const death = Promise.withResolvers<void>();
  let isDead = false;
  let wasHit = false;
  let done = 0;
  let underWay = 0;
  let listening = 0;

  function kill(): void {
    isDead = true;
    death.resolve();
  }

  async function breathe(): Promise<void> {
    if (isDead) await forEver();
  }

  function strikes(point: Point): boolean {
    if (isDead || wasHit || point !== armed) return false;
    wasHit = true;
    return true;
  }

  const crossing = createCrossing({ seed, isDead: () => isDead });

  async function dieIf(point: Point, hasEffect: boolean): Promise<void> {
    if (hasEffect && !isDead && capture?.wants(point)) await crossing.still(() => capture.take(point));
    if (strikes(point)) kill();
    await breathe();
  }

  function numbered(name: string): string {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return `${name}#${count}`;
  }

  async function around<T>(id: string, hasEffect: boolean, act: () => Promise<T>): Promise<T> {
    await dieIf(`${id} before`, hasEffect);
    if (strikes(`${id} refused`)) throw new ConnectionReset(`${id}: connection refused`);
    underWay += 1;
    try {
      return await crossing.cross(id, act);
    } finally {
      underWay -= 1;
      if (hasEffect) done += 1;
      await dieIf(`${id} after`, hasEffect);
      // An answer that is an error is lost like any other.
      // oxlint-disable-next-line no-unsafe-finally
      if (strikes(`${id} lost`)) throw new ConnectionReset(`${id}: the connection was reset`);
    }
  }

  return {
    calls,
    effects,
    kill,
    asleep: 0,
    death: death.promise,
    get isDead() {
      return isDead;
    },
    get done() {
      return done;
    },
    get underWay() {
      return underWay;
    },
    get wasHit() {
      return wasHit;
    },
    async pass({ name, hasEffect }, act) {
      await breathe();
      const id = numbered(name);
      calls.push(id);
      if (hasEffect) effects.push(id);
      onCall?.(id);
      return around(id, hasEffect, act);
    },
    get listening() {
      return listening;
    },
    async listen(wait) {
      await breathe();
      listening += 1;
      try {
        return await wait();
      } finally {
        listening -= 1;
        await breathe();
      }
    },
    async reach(name, harm) {
      await breathe();
      const id = harm === 'before' ? numbered(name) : (open.shift() ?? name);
      if (harm === 'before') {
        effects.push(id);
        open.push(id);
      }
      await dieIf(`${id} ${harm}`, true);
    },
  };
}

/** Nobody waits for it who is still alive. */
function forEver(): Promise<never> {
  return new Promise(() => undefined);
}

/** Where a life can end, around each of its effects. */
export function crashPointsOf(wire: Pick<Wire, 'effects'>): readonly Point[] {
  return wire.effects.flatMap((id) => [`${id} before`, `${id} after`]);
}

/** Where a connection can break, reads included. */
export function breakPointsOf(wire: Pick<Wire, 'calls'>): readonly Point[] {
  return wire.calls.flatMap((id) => [`${id} refused`, `${id} lost`]);
}
