import type * as z from 'zod';
import { OutsideCallError, type OutsideFailure } from '../errors.ts';
import { type OutsideAnswer, type OutsideFetch, readBody } from './outside-fetch.ts';

export interface GiteaConnection {
  /** `https://host/api/v1`, without a slash at the end. */
  readonly apiUrl: string;
  /** Asked before every request, so that it may change; never logged. */
  readonly token: () => Promise<string>;
  readonly fetch: Fetch;
  /** From the request to the last byte of its answer. */
  readonly requestTimeoutMs: number;
}

type Headers = { get(name: string): string | null };

export type Fetch = OutsideFetch<Headers>;

export interface GiteaRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Segments of the path, not yet encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
  /** For error messages: `list the deploy keys of acme/infrastructure`. */
  readonly attempted: string;
  readonly signal: AbortSignal;
}

/** An answer that was read to its end, whatever its status. */
export interface GiteaAnswer {
  readonly status: number;
  /** The parsed body; `undefined` when it is not JSON. */
  readonly body: unknown;
  /** Gitea's own words, shortened; empty where it said nothing. */
  readonly words: string;
  /** `X-Total-Count` of a list. */
  readonly totalCount: number | undefined;
  readonly retryAfterSeconds: number | undefined;
}

/** Larger than any tree page or commit answer: a commit's answer repeats the files in base64. */
const largestAnswerBytes = 32 * 1024 * 1024;
const longestWords = 400;

/**
 * One request. Nothing is sent twice: whether a POST whose answer was lost has worked, only its caller can find out.
 * No redirect is followed, so the token goes to the API's own origin only. Throws an `OutsideCallError` when there is
 * no whole answer, or one that is none of the caller's business: 401, 429, 5xx and redirects.
 */
export async function askGitea(connection: GiteaConnection, request: GiteaRequest): Promise<GiteaAnswer> {
  const answer = await exchange(connection, request);
  const isForCaller = answer.status < 500 && answer.status !== 401 && !isThrottled(answer);
  if (isForCaller) return answer;
  throw refusal(request, answer);
}

/** The body of a success as the schema reads it; any other status is an `OutsideCallError`. */
export async function readGitea<T>(
  connection: GiteaConnection,
  request: GiteaRequest,
  schema: z.ZodType<T>,
): Promise<T> {
  const answer = await askGitea(connection, request);
  if (!isSuccess(answer)) throw refusal(request, answer);
  return parseAnswer(request, answer, schema);
}

export function isSuccess(answer: GiteaAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

export function parseAnswer<T>(request: GiteaRequest, answer: GiteaAnswer, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw unreadable(request, `the answer is not of the promised form at "${where}"`);
}

/** The error for an answer that no union of the port covers. */
export function refusal(request: GiteaRequest, answer: GiteaAnswer): OutsideCallError {
  return new OutsideCallError({
    system: 'git-host',
    failure: failureOf(answer),
    attempted: request.attempted,
    status: answer.status,
    ...(answer.words === '' ? {} : { answer: answer.words }),
    ...(answer.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: answer.retryAfterSeconds }),
  });
}

export function unreadable(request: GiteaRequest, why: string, cause?: unknown): OutsideCallError {
  return new OutsideCallError({
    system: 'git-host',
    failure: 'protocol',
    attempted: request.attempted,
    answer: why,
    cause,
  });
}

function failureOf(answer: GiteaAnswer): OutsideFailure {
  if (isThrottled(answer)) return 'throttled';
  if (answer.status >= 500) return 'server-error';
  if (answer.status === 401) return 'unauthenticated';
  if (answer.status === 403) return 'forbidden';
  return 'rejected';
}

/** A proxy before Gitea may slow us down with 403 as well; then it says when to come back. */
function isThrottled(answer: GiteaAnswer): boolean {
  return answer.status === 429 || (answer.status === 403 && answer.retryAfterSeconds !== undefined);
}

async function exchange(connection: GiteaConnection, request: GiteaRequest): Promise<GiteaAnswer> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(connection.requestTimeoutMs)]);
  const url = urlOf(connection.apiUrl, request);
  try {
    const token = await connection.token();
    const response = await connection.fetch(url, {
      method: request.method,
      redirect: 'manual',
      signal,
      headers: {
        accept: 'application/json',
        authorization: `token ${token}`,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const body = await readBody(response.body, largestAnswerBytes);
    if (!body) throw unreadable(request, `the answer is larger than ${largestAnswerBytes} bytes`);
    return answerOf(response, body.toString('utf8'));
  } catch (error) {
    throw brokenCall(request, error, signal);
  }
}

function urlOf(apiUrl: string, request: GiteaRequest): string {
  for (const segment of request.path) {
    // A URL parser takes these as steps within the path: the request would reach another resource.
    if (segment === '' || segment === '.' || segment === '..') {
      const answer = `"${segment}" is no name that a path can hold`;
      throw new OutsideCallError({ system: 'git-host', failure: 'rejected', attempted: request.attempted, answer });
    }
  }
  const query = Object.entries(request.query ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const path = request.path.map(encodeURIComponent).join('/');
  return `${apiUrl}/${path}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

function answerOf(response: OutsideAnswer<Headers>, text: string): GiteaAnswer {
  const body = parseJson(text);
  const total = response.headers.get('x-total-count');
  return {
    status: response.status,
    body,
    words: wordsOf(body),
    totalCount: total !== null && /^\d+$/.test(total) ? Number(total) : undefined,
    retryAfterSeconds: retryAfterSeconds(response.headers),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `message` of Gitea's errors, with what its 404s add in `errors`. */
function wordsOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('message' in body) || typeof body.message !== 'string') return '';
  const more =
    'errors' in body && Array.isArray(body.errors) ? body.errors.filter((each) => typeof each === 'string') : [];
  return [body.message, ...more].join(': ').trim().slice(0, longestWords);
}

/** RFC 9110 §10.2.3: seconds, or a date; that is held against the answer's own `Date`, so no clock is needed. */
function retryAfterSeconds(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const milliseconds = Date.parse(value) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, Math.ceil(milliseconds / 1000));
}

/** Fetch's own error names the address and the system's code; it never holds a header. */
function brokenCall(request: GiteaRequest, error: unknown, signal: AbortSignal): OutsideCallError {
  if (error instanceof OutsideCallError) return error;
  const failure = signal.aborted ? 'timeout' : 'unreachable';
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  return new OutsideCallError({
    system: 'git-host',
    failure,
    attempted: request.attempted,
    ...(reason === '' || failure === 'timeout' ? {} : { answer: reason.slice(0, longestWords) }),
    cause: error,
  });
}
