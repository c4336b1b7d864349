import type { ApiAnswer } from './kubernetes-failures.ts';

/** With 30 % of all requests turned away, one in fifteen thousand is so each time. */
const mostSends = 8;
const firstPauseMs = 250;
const longestPauseMs = 4000;
/** Who must stay away for longer gives the step up; the workflow's durable wait costs nothing. */
const longestRetryAfterSeconds = 10;

/**
 * After how many milliseconds to send a request again that the API server turned away; `undefined` when its answer
 * counts. A server with too much to do says 429 before it looks at a request (Kubernetes, "API Priority and Fairness"),
 * so that nothing was done, whatever the verb. Sent again here it costs one request; a step that begins anew sends all
 * of its requests again, and in a storm none comes to its end. `random` (from 0 to 1) draws the later half of a pause, so
 * that those who were turned away together do not come back together.
 */
export function pauseBeforeAgain(
  { status, retryAfterSeconds = 0 }: Pick<ApiAnswer, 'status' | 'retryAfterSeconds'>,
  { sends, random }: { readonly sends: number; readonly random: () => number },
): number | undefined {
  if (status !== 429 || sends >= mostSends || retryAfterSeconds > longestRetryAfterSeconds) return undefined;
  const halfMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (sends - 1)) / 2;
  return Math.max(retryAfterSeconds * 1000, halfMs) + halfMs * random();
}
