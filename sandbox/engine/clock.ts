/** Milliseconds since 1970, and calls that come later. */
export interface Clock {
  now(): number;
  /** Calls `run` once after `delayMilliseconds`; the answer cancels it. */
  schedule(delayMilliseconds: number, run: () => void): () => void;
}

/** A timer of Node reaches 24 days; what is further away is scheduled in pieces. */
const longestDelayMilliseconds = 2 ** 30;

/** Calls `run` once `clock` has reached `time`, never before; the answer cancels it. */
export function callAt(clock: Clock, time: number, run: () => void): () => void {
  let cancel = scheduleRest();
  function scheduleRest(): () => void {
    return clock.schedule(Math.min(Math.max(0, time - clock.now()), longestDelayMilliseconds), () => {
      if (clock.now() < time) {
        cancel = scheduleRest();
      } else {
        run();
      }
    });
  }
  return () => cancel();
}

export function scheduleByTimer(delayMilliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMilliseconds);
  return () => clearTimeout(timer);
}
