import type { RequestBudget } from '../../src/ports/request-budget.ts';

export interface PatientBudgetOptions {
  readonly perMinute: number;
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Spends of the budget for everything that may create content, and asks again when told to come later. */
export function fetchPatiently(
  fetch: Fetch,
  { budget, wait }: { readonly budget: RequestBudget } & Pick<PatientBudgetOptions, 'wait'>,
): Fetch {
  return async (url, init) => {
    for (;;) {
      if (init.method !== 'GET') await budget.take('owner', 1);
      const answer = await fetch(url, init);
      const seconds = Number(answer.headers.get('retry-after') ?? 0);
      if ((answer.status !== 403 && answer.status !== 429) || seconds === 0) return answer;
      await wait(seconds * 1000);
    }
  };
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
