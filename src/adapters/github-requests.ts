import type { Octokit } from '@octokit/core';
import { RequestError } from '@octokit/request-error';
import type * as z from 'zod';
import { OutsideCallError, type OutsideFailure } from '../errors.ts';
import type { RepositoryAddress } from '../ports/git-host.ts';
import { quietSeconds } from './github-rate-limits.ts';

export interface GitHubRequest {
  /** As GitHub documents it: `GET /repos/{owner}/{repo}/git/ref/{ref}`. */
  readonly route: string;
  /** What the route names goes into its path, encoded; all else into the query or the body. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** For error messages: `list the deploy keys of acme/infrastructure`. */
  readonly attempted: string;
  readonly signal: AbortSignal;
}

/** An answer that was read to its end, whatever its status. */
export interface GitHubAnswer {
  readonly status: number;
  readonly body: unknown;
  /** GitHub's own words, with those of `errors`, shortened; empty where it said nothing. */
  readonly words: string;
  /** GitHub's clock. */
  readonly date: string | undefined;
  /** Nothing more is to be sent for so long. */
  readonly quietSeconds: number | undefined;
}

export interface Transport {
  readonly octokit: Octokit;
  /** From the request to the last byte of its answer. */
  readonly requestTimeoutMs: number;
}

export function nameOf({ owner, name }: RepositoryAddress): string {
  return `${owner}/${name}`;
}

/** `{owner}` and `{repo}` of a route. */
export function placeOf({ owner, name }: RepositoryAddress): { owner: string; repo: string } {
  return { owner, repo: name };
}

/** Named in each request: a later one that becomes the default changes nothing (docs.github.com, "API Versions"). */
const apiVersion = '2022-11-28';
const longestWords = 400;

/**
 * One request, sent once; no redirect is followed. Octokit's plugins that wait and repeat are left out: the workflow's
 * durable waits do both. Throws an `OutsideCallError` when there is no whole answer.
 */
export async function exchange(
  { octokit, requestTimeoutMs }: Transport,
  request: GitHubRequest,
  authorization: string,
): Promise<GitHubAnswer> {
  refuseOddNames(request);
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(requestTimeoutMs)]);
  try {
    const answer = await octokit.request(request.route, {
      ...request.parameters,
      headers: { authorization, 'x-github-api-version': apiVersion },
      request: { signal },
    });
    return answerOf(answer.status, answer.headers, answer.data);
  } catch (error) {
    if (error instanceof RequestError && error.response) {
      return answerOf(error.status, error.response.headers, error.response.data);
    }
    throw brokenCall(request, error, signal);
  }
}

export function isSuccess(answer: GitHubAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** Gone, hidden from us, or moved: a repository that was renamed redirects, and nobody bound the new one to a customer. */
export function isAbsent(answer: GitHubAnswer): boolean {
  return answer.status === 404 || (answer.status >= 300 && answer.status < 400);
}

/** The body of a success as the schema reads it; any other status is an `OutsideCallError`. */
export function readAnswer<T>(request: GitHubRequest, answer: GitHubAnswer, schema: z.ZodType<T>): T {
  if (!isSuccess(answer)) throw refusal(request, answer);
  const parsed = schema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  // An error under the status of a success: whether the request took effect is not known.
  if (answer.words !== '') throw failed(request, { failure: 'server-error', answer: answer.words });
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw unreadable(request, `the answer is not of the promised form at "${where}"`);
}

/** The error for an answer that no union of the port covers. */
export function refusal(request: GitHubRequest, answer: GitHubAnswer): OutsideCallError {
  const { status, words, quietSeconds: retryAfterSeconds } = answer;
  return failed(request, {
    failure: failureOf(answer),
    status,
    ...(words === '' ? {} : { answer: words }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

export function throttled(request: Pick<GitHubRequest, 'attempted'>, retryAfterSeconds: number, answer: string) {
  return failed(request, { failure: 'throttled', retryAfterSeconds, answer });
}

export function unreadable(request: GitHubRequest, answer: string): OutsideCallError {
  return failed(request, { failure: 'protocol', answer });
}

type Failed = Pick<OutsideCallError, 'failure'> &
  Partial<Pick<ConstructorParameters<typeof OutsideCallError>[0], 'status' | 'answer' | 'retryAfterSeconds'>>;

export function failed({ attempted }: Pick<GitHubRequest, 'attempted'>, how: Failed): OutsideCallError {
  return new OutsideCallError({ system: 'git-host', attempted, ...how });
}

function failureOf({ status, quietSeconds: quiet }: GitHubAnswer): OutsideFailure {
  if (status >= 500) return 'server-error';
  if (quiet !== undefined) return 'throttled';
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  return 'rejected';
}

/** A URL parser takes these as steps within the path: the request would reach another resource. */
function refuseOddNames(request: GitHubRequest): void {
  const { owner, repo } = request.parameters;
  for (const name of [owner, repo]) {
    if (name === '' || name === '.' || name === '..') {
      throw failed(request, { failure: 'rejected', answer: `"${name}" is no name that a path can hold` });
    }
  }
}

type Headers = Readonly<Record<string, string | number | undefined>>;

function answerOf(status: number, headers: Headers, body: unknown): GitHubAnswer {
  const words = wordsOf(body);
  const date = headers['date'];
  return {
    status,
    body,
    words,
    date: typeof date === 'string' ? date : undefined,
    quietSeconds: quietSeconds({ status, headers, words }),
  };
}

/** `message` of GitHub's errors with the messages in `errors` (docs.github.com, "Troubleshooting the REST API"). */
function wordsOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('message' in body) || typeof body.message !== 'string') return '';
  const errors: readonly unknown[] = 'errors' in body && Array.isArray(body.errors) ? body.errors : [];
  return [body.message, ...errors.flatMap(messageOf)].join(': ').trim().slice(0, longestWords);
}

function messageOf(error: unknown): string[] {
  if (typeof error === 'string') return [error];
  if (typeof error !== 'object' || error === null) return [];
  if ('message' in error && typeof error.message === 'string') return [error.message];
  return 'code' in error && typeof error.code === 'string' ? [error.code] : [];
}

/** Octokit's error holds the request with its headers, so only the system's own words go on. */
function brokenCall(request: GitHubRequest, error: unknown, signal: AbortSignal): OutsideCallError {
  if (signal.aborted) return failed(request, { failure: 'timeout' });
  const cause = error instanceof Error ? error.cause : undefined;
  // Our own fetch found the answer too large.
  if (cause instanceof OutsideCallError) return failed(request, { failure: 'protocol', answer: cause.answer ?? '' });
  const reason = error instanceof Error ? error.message : '';
  return failed(request, { failure: 'unreachable', answer: reason.slice(0, longestWords) });
}
