import { Octokit } from '@octokit/core';
import { fetch as undiciFetch } from 'undici';
import { OutsideCallError } from '../errors.ts';
import type { Transport } from './github-requests.ts';
import { type OutsideFetch, readBody } from './outside-fetch.ts';

export type GitHubFetch = OutsideFetch<Iterable<[string, string]>>;

/** Larger than any tree that GitHub does not cut short (7 MB), and than any file of ours in base64. */
const largestAnswerBytes = 32 * 1024 * 1024;
/** These have no body, and a `Response` refuses one. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // Octokit's own notices (deprecations) go nowhere: a log line of ours says what the product does.
}

/** Octokit without plugins and without credentials: each request brings its own. */
export function createTransport(options: {
  readonly apiUrl: string;
  readonly fetch: GitHubFetch | undefined;
  readonly requestTimeoutMs: number;
}): Transport {
  const octokit = new Octokit({
    baseUrl: options.apiUrl.replace(/\/+$/, ''),
    userAgent: 'fleet-api',
    log: silent,
    request: { fetch: fetchWhole(options.fetch ?? undiciFetch), redirect: 'manual', log: silent },
  });
  return { octokit, requestTimeoutMs: options.requestTimeoutMs };
}

/**
 * Reads every answer to its end before Octokit sees it: Octokit takes a body that broke off for an empty one, and so
 * an effect whose answer was lost for an answer that says nothing.
 */
function fetchWhole(fetch: GitHubFetch) {
  return async (url: string, init: Parameters<GitHubFetch>[1]): Promise<Response> => {
    const { status, headers, body } = await fetch(url, init);
    const whole = await readBody(body, largestAnswerBytes);
    if (!whole) throw tooLarge();
    return new Response(bodiless.has(status) ? null : whole, { status, headers: [...headers] });
  };
}

function tooLarge(): OutsideCallError {
  return new OutsideCallError({
    system: 'git-host',
    failure: 'protocol',
    attempted: 'read an answer',
    answer: `the answer is larger than ${largestAnswerBytes} bytes`,
  });
}
