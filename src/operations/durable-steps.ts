import type { Ending } from './end-operation.ts';
import type { StepResult } from './run-step.ts';

/** How a workflow ends when a step came to this. */
export function endingOf(result: StepResult<unknown>): Ending {
  switch (result.kind) {
    case 'done':
      return { kind: 'succeeded' };
    case 'failed':
      return { kind: 'failed', failure: result.failure };
    case 'waiting':
    case 'stopped':
      return { kind: 'stopped' };
  }
}

/**
 * A step turns its last attempt into a failure by itself; this bounds what it cannot catch: our own table being away.
 * More than a step may be postponed, with its own attempts.
 */
const maxAttempts = 60;

/** As the SDK of durable executions takes it. */
interface Retry {
  readonly shouldRetry: boolean;
  readonly delay: { readonly seconds: number };
}

/**
 * 1, 2, 4, … 30 seconds, or more where the other side asked for it. Where it gave us a moment of our own to come back,
 * that very moment: whoever comes late has lost it.
 */
export function retryStrategy(error: Error, attempt: number): Retry {
  const postponed = secondsIn(error, 'postponedSeconds');
  const seconds = postponed ?? Math.max(secondsIn(error, 'retryAfterSeconds') ?? 0, Math.min(2 ** (attempt - 1), 30));
  return { shouldRetry: attempt < maxAttempts, delay: { seconds: Math.min(Math.max(seconds, 1), longestWaitSeconds) } };
}

/** A step gives up rather than wait for longer. */
const longestWaitSeconds = 6 * 3600;

/** What an error says of the time to come back, whatever its class: it may have come through a checkpoint. */
export function secondsIn(error: Error, field: 'postponedSeconds' | 'retryAfterSeconds'): number | undefined {
  const seconds: unknown = Reflect.get(error, field);
  return typeof seconds === 'number' ? seconds : undefined;
}
