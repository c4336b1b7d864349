import type { Pause } from '../../src/adapters/pause.ts';

/** Time that passes only when nobody has anything to do, and then at once. */
export interface VirtualTime {
  now(): Date;
  /** What the engine takes; timers belong to one life and go with it. */
  forLife(isDead: () => boolean): LifeTime;
  advance(milliseconds: number): void;
  /** Moves to the next timer and runs it; false when there is none. */
  next(): boolean;
  everyMinute(run: () => void): void;
}

export interface LifeTime {
  now(): number;
  schedule(delayMilliseconds: number, run: () => void): () => void;
  /** Until so much time has passed, or the signal ends it: then it throws. */
  readonly sleep: Pause;
  /** How many sleep at the moment. */
  sleeping(): number;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
  readonly isDead: () => boolean;
}

const minuteMs = 60_000;

export function createVirtualTime(start: number): VirtualTime {
  let time = start;
  let timers: Timer[] = [];

  function add(timer: Timer): () => void {
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  }

  return {
    now: () => new Date(time),
    advance(milliseconds) {
      time += milliseconds;
    },
    forLife(isDead) {
      function schedule(delay: number, run: () => void): () => void {
        if (delay > 0) return add({ at: time + delay, run, isDead });
        // What is due now waits for nobody: executions go on side by side.
        const immediate = setImmediate(() => (isDead() ? undefined : run()));
        return () => clearImmediate(immediate);
      }
      return { now: () => time, schedule, ...createSleep(schedule) };
    },
    everyMinute(run) {
      const tick = (): void => {
        run();
        add({ at: time + minuteMs, run: tick, isDead: () => false });
      };
      add({ at: time + minuteMs, run: tick, isDead: () => false });
    },
    next() {
      timers = timers.filter(({ isDead }) => !isDead());
      // Of those that are due together, the one that was set first.
      const due = timers.reduce<Timer | undefined>(
        (first, one) => (first && first.at <= one.at ? first : one),
        undefined,
      );
      if (!due) return false;
      timers = timers.filter((timer) => timer !== due);
      time = Math.max(time, due.at);
      due.run();
      return true;
    },
  };
}

function createSleep(schedule: LifeTime['schedule']): Pick<LifeTime, 'sleep' | 'sleeping'> {
  let sleeping = 0;
  return {
    sleeping: () => sleeping,
    async sleep(milliseconds, signal) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const cancel = schedule(milliseconds, resolve);
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      sleeping += 1;
      try {
        await promise;
      } finally {
        sleeping -= 1;
        cancel();
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}
