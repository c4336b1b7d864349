import { GitHubError } from './github-error.ts';

/**
 * docs.github.com, "Rate limits for the REST API": 5,000 requests an hour for an installation (the primary limit); "no
 * more than 80 content-generating requests per minute and no more than 500 content-generating requests per hour" (a
 * secondary one).
 */
export interface RateLimits {
  readonly requestsPerHour: number;
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
  /** "If you exceed a secondary rate limit, you will receive a 403 or 429 response". */
  readonly secondaryStatus: 403 | 429;
  /** "If the retry-after response header is present …": it need not be. */
  readonly sendsRetryAfter: boolean;
}

export const documentedLimits: RateLimits = {
  requestsPerHour: 5000,
  contentPerMinute: 80,
  contentPerHour: 500,
  secondaryStatus: 403,
  sendsRetryAfter: true,
};

/** A request as it came in, also one that was refused. Kept in memory only. */
export interface RequestRecord {
  readonly at: Date;
  readonly action: string;
  /** Absent where the request named none. */
  readonly installation: number | undefined;
  /** Makes something at GitHub: a tree, a commit, a ref, a key. */
  readonly createsContent: boolean;
  /** 0 while it is under way, and when the connection was reset. */
  status: number;
  retryAfterSeconds?: number;
}

const hour = 3_600_000;

/** Headers of every answer to an installation; the window is a fixed hour from its first request on. */
export function primaryLimit(
  requests: readonly RequestRecord[],
  { installation, limits, now }: { installation: number; limits: RateLimits; now: Date },
): { readonly headers: Readonly<Record<string, string>>; readonly isExceeded: boolean } {
  const times = requests.filter((one) => one.installation === installation).map(({ at }) => at.getTime());
  let [start = now.getTime()] = times;
  let used = 0;
  for (const time of times) {
    if (time >= start + hour) {
      start = time;
      used = 0;
    }
    used += 1;
  }
  const { requestsPerHour } = limits;
  return {
    headers: {
      'x-ratelimit-limit': String(requestsPerHour),
      'x-ratelimit-remaining': String(Math.max(0, requestsPerHour - used)),
      'x-ratelimit-used': String(Math.min(used, requestsPerHour)),
      'x-ratelimit-reset': String(Math.ceil((start + hour) / 1000)),
      'x-ratelimit-resource': 'core',
    },
    isExceeded: used > requestsPerHour,
  };
}

/** "If you exceed your primary rate limit, you will receive a 403 or 429 response", x-ratelimit-remaining 0. */
export function primaryLimitError(installation: number): GitHubError {
  return new GitHubError(403, `API rate limit exceeded for installation ID ${installation}.`);
}

/** Refuses a content request that is one too many; it is the last of `requests` itself. */
export function secondaryLimitError(
  requests: readonly RequestRecord[],
  { installation, limits, now }: { installation: number; limits: RateLimits; now: Date },
): GitHubError | undefined {
  // What was refused made no content, and does not count.
  const times = requests
    .filter((one) => one.installation === installation && one.createsContent && !isRefused(one))
    .map(({ at }) => at.getTime());
  const waits = [
    { most: limits.contentPerMinute, span: 60_000 },
    { most: limits.contentPerHour, span: hour },
  ].map(({ most, span }) => {
    const inside = times.filter((time) => time > now.getTime() - span);
    // The last of them is this request; the one that is `most` before it has to leave the span first.
    const oldest = inside.at(-most - 1);
    return oldest === undefined ? 0 : oldest + span - now.getTime();
  });
  const seconds = Math.ceil(Math.max(...waits) / 1000);
  if (seconds <= 0) return undefined;
  const headers = limits.sendsRetryAfter ? { 'retry-after': String(seconds) } : undefined;
  return new GitHubError(
    limits.secondaryStatus,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    headers && { headers },
  );
}

function isRefused({ status }: RequestRecord): boolean {
  return status === 403 || status === 429;
}

/** The most content requests of one installation that came within a span of time; for tests. */
export function busiestSpan(
  requests: readonly RequestRecord[],
  { installation, spanMilliseconds }: { installation: number; spanMilliseconds: number },
): number {
  const times = requests
    .filter((one) => one.installation === installation && one.createsContent)
    .map(({ at }) => at.getTime());
  return Math.max(0, ...times.map((end) => times.filter((at) => at <= end && at > end - spanMilliseconds).length));
}

/** Content requests that came before the time that an earlier answer to the same installation had named; for tests. */
export function requestsBeforeRetryAfter(requests: readonly RequestRecord[]): RequestRecord[] {
  return requests.filter(
    (request, index) =>
      request.createsContent &&
      requests
        .slice(0, index)
        .some(
          ({ installation, at, retryAfterSeconds = 0 }) =>
            installation === request.installation &&
            request.at.getTime() > at.getTime() &&
            request.at.getTime() < at.getTime() + retryAfterSeconds * 1000,
        ),
  );
}
