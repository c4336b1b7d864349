/** Time as a test sees it: for the product (`now`, `pause`) and for the engine (`milliseconds`, `schedule`). */
export interface FleetClock {
  now(): Date;
  advance(milliseconds: number): void;
  pause(milliseconds: number): Promise<void>;
  /** What the engine takes as `now` and `schedule`: short waits are over at once, and the clock has moved on. */
  readonly engine: {
    now(): number;
    schedule(delayMilliseconds: number, run: () => void): () => void;
  };
}

/** Longer ones are the limits of invocations and executions, which no test reaches. */
const longestWaitMs = 120_000;

export function fleetClock(): FleetClock {
  let time = Date.now();
  return {
    now: () => new Date(time),
    advance(milliseconds) {
      time += milliseconds;
    },
    async pause(milliseconds) {
      time += milliseconds;
    },
    engine: {
      now: () => time,
      schedule(delayMilliseconds, run) {
        if (delayMilliseconds > longestWaitMs) return () => undefined;
        const until = time + delayMilliseconds;
        const immediate = setImmediate(() => {
          time = Math.max(time, until);
          run();
        });
        return () => clearImmediate(immediate);
      },
    },
  };
}
