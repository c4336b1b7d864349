import { GitHubError } from './github-error.ts';

/**
 * docs.github.com, "Rate limits for the REST API": 5,000 requests an hour for an installation (the primary limit); "no
 * more than 80 content-generating requests per minute and no more than 500 content-generating requests per hour" (a
 * secondary one).
 */
export interface RateLimits {
  readonly requestsPerHour: number;
  /**
   * Of an App with its JSON web token. They do not count for an installation (Pix4D/cogito#162), and answers to them tell
   * no limit (actions/create-github-app-token#154). GitHub documents none of their own, but "may apply" limits to any
   * request; so they have one here, to show who does not obey it. The words of its refusal are a guess.
   */
  readonly appRequestsPerHour: number;
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
  /** "If you exceed a secondary rate limit, you will receive a 403 or 429 response". */
  readonly secondaryStatus: 403 | 429;
  /** "If the retry-after response header is present …": it need not be. */
  readonly sendsRetryAfter: boolean;
}

export const documentedLimits: RateLimits = {
  requestsPerHour: 5000,
  appRequestsPerHour: 5000,
  contentPerMinute: 80,
  contentPerHour: 500,
  secondaryStatus: 403,
  sendsRetryAfter: true,
};

/** A request as it came in, also one that was refused. Kept in memory only. */
export interface RequestRecord {
  readonly at: Date;
  readonly action: string;
  /** Whose limits it counts for; absent where the request named nobody. */
  readonly caller: string | undefined;
  /** Makes something at GitHub: a tree, a commit, a ref, a key. */
  readonly createsContent: boolean;
  /** 0 while it is under way, and when the connection was reset. */
  status: number;
  retryAfterSeconds?: number;
}

const hour = 3_600_000;

/** As GitHub names them in refusals. An installation's token counts for the installation alone, whatever its App does. */
export const callers = {
  installation: (id: number) => `installation ID ${id}`,
  app: (id: string) => `app ID ${id}`,
};

export function isApp(caller: string): boolean {
  return caller.startsWith('app');
}

interface Counted {
  readonly caller: string;
  readonly limits: RateLimits;
  readonly now: Date;
}

/** What headers say of it; the window is a fixed hour from the caller's first request on. */
export function primaryLimit(
  requests: readonly RequestRecord[],
  { caller, limits, now }: Counted,
): { readonly headers: Readonly<Record<string, string>>; readonly isExceeded: boolean } {
  const times = requests.filter((one) => one.caller === caller).map(({ at }) => at.getTime());
  let [start = now.getTime()] = times;
  let used = 0;
  for (const time of times) {
    if (time >= start + hour) {
      start = time;
      used = 0;
    }
    used += 1;
  }
  const most = isApp(caller) ? limits.appRequestsPerHour : limits.requestsPerHour;
  return {
    headers: {
      'x-ratelimit-limit': String(most),
      'x-ratelimit-remaining': String(Math.max(0, most - used)),
      'x-ratelimit-used': String(Math.min(used, most)),
      'x-ratelimit-reset': String(Math.ceil((start + hour) / 1000)),
      'x-ratelimit-resource': 'core',
    },
    isExceeded: used > most,
  };
}

/** "If you exceed your primary rate limit, you will receive a 403 or 429 response", x-ratelimit-remaining 0. */
export function primaryLimitError(caller: string): GitHubError {
  return new GitHubError(403, `API rate limit exceeded for ${caller}.`);
}

/** Refuses a content request that is one too many; it is the last of `requests` itself. */
export function secondaryLimitError(
  requests: readonly RequestRecord[],
  { caller, limits, now }: Counted,
): GitHubError | undefined {
  // What was refused made no content, and does not count.
  const times = requests
    .filter((one) => one.caller === caller && one.createsContent && !isRefused(one))
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

/** The most content requests of one caller that came within a span of time; for tests. */
export function busiestSpan(
  requests: readonly RequestRecord[],
  { caller, spanMilliseconds }: { caller: string; spanMilliseconds: number },
): number {
  const times = requests.filter((one) => one.caller === caller && one.createsContent).map(({ at }) => at.getTime());
  return Math.max(0, ...times.map((end) => times.filter((at) => at <= end && at > end - spanMilliseconds).length));
}

/**
 * Content requests, and requests as the App, that came before the time that an earlier answer to the same caller had
 * named; for tests.
 */
export function requestsBeforeRetryAfter(requests: readonly RequestRecord[]): RequestRecord[] {
  return requests.filter(
    (request, index) =>
      (request.createsContent || isApp(request.caller ?? '')) &&
      requests
        .slice(0, index)
        .some(
          ({ caller, at, retryAfterSeconds = 0 }) =>
            caller === request.caller &&
            request.at.getTime() > at.getTime() &&
            request.at.getTime() < at.getTime() + retryAfterSeconds * 1000,
        ),
  );
}
