import { isQuietWatch, watchRegistries } from '../src/ecr-access/watch-registries.service.ts';
import type { WatchDependencies } from '../src/ecr-access/watch-registries.service.ts';
import type { Log } from '../src/log.ts';
import { isQuiet, sweepOperations } from '../src/operations/sweep-operations.ts';

export interface Sweeping {
  /** Once; what fails is logged, and left to the next one. */
  readonly sweep: () => Promise<void>;
  /** Waits for the one that is under way. */
  stop(): Promise<void>;
}

export interface SweepingOptions {
  readonly log: Log;
  /** 0: never by itself. */
  readonly everyMs: number;
}

/** Long enough for all that one machine holds. */
const watchLimitMs = 20_000;

/** What the two scheduled functions do, in one go. */
export function sweepRepeatedly(deps: WatchDependencies, { log, everyMs }: SweepingOptions): Sweeping {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay = Promise.resolve();

  async function sweep(): Promise<void> {
    try {
      const report = await sweepOperations(deps);
      if (!isQuiet(report)) log.warn('sweeper found work', { ...report });
      const watch = await watchRegistries(deps, { everyMinutes: 0, signal: AbortSignal.timeout(watchLimitMs) });
      if (!isQuietWatch(watch)) log.warn('registries were not as granted', { ...watch });
    } catch (error) {
      log.error('sweep failed', { error });
    }
  }

  async function sweepAndGoOn(): Promise<void> {
    await sweep();
    if (!isStopped) timer = setTimeout(begin, everyMs);
  }

  function begin(): void {
    underWay = sweepAndGoOn();
  }

  if (everyMs > 0) begin();
  return {
    sweep,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
