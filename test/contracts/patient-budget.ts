import type { RequestBudget } from '../../src/ports/request-budget.ts';

export interface PatientBudgetOptions {
  readonly perMinute: number;
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** Never says wait, but waits itself: a contract has time, and its host's limits are real. */
export function createPatientBudget({ perMinute, now, wait }: PatientBudgetOptions): RequestBudget {
  let granted: number[] = [];
  let pausedUntilMs = 0;
  const untilMs = async (timeMs: number): Promise<void> => {
    if (timeMs > now().getTime()) await wait(timeMs - now().getTime());
  };
  return {
    async take(_installation, count) {
      for (;;) {
        await untilMs(pausedUntilMs);
        const nowMs = now().getTime();
        granted = granted.filter((timeMs) => timeMs > nowMs - 60_000);
        const [oldest] = granted;
        if (oldest === undefined || granted.length + count <= perMinute) break;
        await untilMs(oldest + 60_000);
      }
      granted.push(...Array.from({ length: count }, () => now().getTime()));
      return { kind: 'granted' };
    },
    async pausedUntil() {
      await untilMs(pausedUntilMs);
      return undefined;
    },
    pause(_installation, until) {
      pausedUntilMs = Math.max(pausedUntilMs, until.getTime());
      return Promise.resolve();
    },
  };
}
