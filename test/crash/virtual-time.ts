/** Time that passes only when nobody has anything to do, and then at once. */
export interface VirtualTime {
  now(): Date;
  /** What the engine takes; timers belong to one life and go with it. */
  forLife(isDead: () => boolean): {
    now(): number;
    schedule(delayMilliseconds: number, run: () => void): () => void;
  };
  advance(milliseconds: number): void;
  /** Moves to the next timer and runs it; false when there is none. */
  next(): boolean;
  everyMinute(run: () => void): void;
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
    forLife: (isDead) => ({
      now: () => time,
      schedule(delay, run) {
        if (delay > 0) return add({ at: time + delay, run, isDead });
        // What is due now waits for nobody: executions go on side by side.
        const immediate = setImmediate(() => (isDead() ? undefined : run()));
        return () => clearImmediate(immediate);
      },
    }),
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
