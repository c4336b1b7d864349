import type { RequestBudget } from '../ports/request-budget.ts';
import { type GitHubAnswer, type GitHubRequest, refusal, throttled } from './github-requests.ts';

/** For which callers GitHub wants quiet, and until when: what this process has heard, and what the table says for all. */
export interface Pauses {
  /** Whether the caller is to be quiet, as far as this process knows. */
  isQuiet(caller: string): boolean;
  /** Throws while the caller is to be quiet, as far as this process knows. */
  requireSpeech(caller: string, request: Pick<GitHubRequest, 'attempted'>): void;
  /** The same, by the table as well. */
  requireSpeechByTable(caller: string, request: Pick<GitHubRequest, 'attempted'>): Promise<void>;
  /** Keeps the pause that an answer asks for. Throws what is none of the caller's business: limits and 5xx. */
  heed(caller: string, request: GitHubRequest, answer: GitHubAnswer): Promise<void>;
}

export interface PausesOptions {
  readonly budget: RequestBudget;
  readonly now: () => Date;
  /** A whole number from 0 up to, but not including, the limit. */
  readonly randomBelow: (limit: number) => number;
}

/** After a pause, those who waited come back within so many seconds, each at another one. */
const returnSeconds = 30;

export function createPauses({ budget, now, randomBelow }: PausesOptions): Pauses {
  /** Caller → milliseconds since 1970. */
  const quietUntilMs = new Map<string, number>();

  /** What the table says may be older than what this process has heard. */
  function hear(caller: string, untilMs: number): void {
    quietUntilMs.set(caller, Math.max(untilMs, quietUntilMs.get(caller) ?? 0));
  }

  function quietMsOf(caller: string): number {
    return (quietUntilMs.get(caller) ?? 0) - now().getTime();
  }

  function requireSpeech(caller: string, request: Pick<GitHubRequest, 'attempted'>): void {
    const quietMs = quietMsOf(caller);
    if (quietMs <= 0) return;
    const seconds = Math.ceil(quietMs / 1000) + randomBelow(returnSeconds);
    throw throttled(request, seconds, 'GitHub has asked us to slow down');
  }

  async function keep(caller: string, seconds: number): Promise<void> {
    const untilMs = now().getTime() + seconds * 1000;
    hear(caller, untilMs);
    // The error on its way says it as well; where the table does not answer, this process knows at least.
    await budget.pause(caller, new Date(untilMs)).catch(() => undefined);
  }

  return {
    isQuiet: (caller) => quietMsOf(caller) > 0,
    requireSpeech,
    async requireSpeechByTable(caller, request) {
      const pausedUntil = await budget.pausedUntil(caller);
      if (pausedUntil) hear(caller, pausedUntil.getTime());
      requireSpeech(caller, request);
    },
    async heed(caller, request, answer) {
      const { quietSeconds, status } = answer;
      if (quietSeconds !== undefined) {
        await keep(caller, quietSeconds);
        throw refusal(request, { ...answer, quietSeconds: quietSeconds + randomBelow(returnSeconds) });
      }
      if (status >= 500) throw refusal(request, answer);
    },
  };
}
