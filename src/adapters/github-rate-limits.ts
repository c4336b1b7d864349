import { longestPauseMs } from './request-budget-rules.ts';

/** A secondary limit without `Retry-After` (docs.github.com, "Rate limits for the REST API"): at least a minute. */
const unsaidSeconds = 60;
/** Statuses whose `Retry-After` speaks of more than the one request (RFC 9110, 10.2.3, and GitHub's limits). */
const quietStatuses: ReadonlySet<number> = new Set([403, 429, 503]);

/**
 * For how long GitHub wants to hear nothing; `undefined` when it may be asked at once. Both kinds of limits answer 403
 * or 429: the primary one with `x-ratelimit-remaining: 0` and the time of its reset, the secondary one with
 * `Retry-After`, or with nothing but its text ("Exceeding the rate limit"). Two hours at most, whatever the answer says.
 */
export function quietSeconds(answer: Limiting): number | undefined {
  const asked = askedSeconds(answer);
  return asked === undefined ? undefined : Math.min(asked, longestPauseMs / 1000);
}

interface Limiting {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly words: string;
}

function askedSeconds({ status, headers, words }: Limiting): number | undefined {
  const asked = secondsOf(headers['retry-after']);
  if (quietStatuses.has(status) && asked !== undefined) return Math.max(1, asked);
  if (status !== 403 && status !== 429) return undefined;
  const reset = secondsOf(headers['x-ratelimit-reset']);
  if (secondsOf(headers['x-ratelimit-remaining']) === 0 && reset !== undefined) {
    // By GitHub's clock where the answer tells it: ours may be off.
    const date = Date.parse(String(headers['date'] ?? ''));
    return Number.isNaN(date) ? unsaidSeconds : Math.max(1, reset - Math.floor(date / 1000) + 1);
  }
  const isLimit = status === 429 || /rate limit|abuse detection/i.test(words);
  return isLimit ? unsaidSeconds : undefined;
}

function secondsOf(header: string | number | undefined): number | undefined {
  return header !== undefined && /^\d{1,10}$/.test(String(header)) ? Number(header) : undefined;
}
