/** The AWS SDK waits by the process's own timers: here they run by virtual time. */
import type { VirtualTime } from '../crash/virtual-time.ts';

/** Until it is told to put the process's own ones back. */
export function runTimersBy(time: VirtualTime): () => void {
  const own = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  const { schedule } = time.forLife(() => false);
  const timers = {
    setTimeout(run: (...values: readonly unknown[]) => void, milliseconds = 0, ...values: readonly unknown[]) {
      const cancel = schedule(milliseconds, () => run(...values));
      const timer = { cancel, ref: () => timer, unref: () => timer };
      return timer;
    },
    clearTimeout: (timer?: { cancel?: () => void }) => timer?.cancel?.(),
  };
  Object.assign(globalThis, timers);
  return () => void Object.assign(globalThis, own);
}
