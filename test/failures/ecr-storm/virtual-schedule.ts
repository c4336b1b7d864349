import { setImmediate as turn } from 'node:timers/promises';

/** Time that passes from one thing that is due to the next; whoever waits goes on alone, until all wait again. */
export interface VirtualSchedule {
  /** Milliseconds since 1970, whole. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
  /** Lets time pass until the work has ended. */
  runUntil(work: Promise<unknown>): Promise<void>;
}

interface Waiting {
  readonly at: number;
  readonly goOn: () => void;
}

export function createVirtualSchedule(start: number): VirtualSchedule {
  let time = start;
  const waiting: Waiting[] = [];

  /** Of those that are due together, the one that has waited longest. */
  function takeNext(): Waiting | undefined {
    let first = 0;
    for (let index = 1; index < waiting.length; index += 1) {
      if ((waiting[index]?.at ?? 0) < (waiting[first]?.at ?? 0)) first = index;
    }
    return waiting.splice(first, 1)[0];
  }

  return {
    now: () => Math.floor(time),
    wait(milliseconds) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ at: time + milliseconds, goOn: resolve });
      return promise;
    },
    async runUntil(work) {
      let isOver = false;
      const over = () => {
        isOver = true;
      };
      work.then(over, over);
      for (;;) {
        // All that follows from the one before has been done by then: it waits for nothing but this schedule.
        await turn();
        if (isOver) return;
        const next = takeNext();
        if (!next) throw new Error('everybody waits, and nothing is due');
        time = Math.max(time, next.at);
        next.goOn();
      }
    },
  };
}
