import { OutsideCallError, type OutsideFailure } from '../errors.ts';

/** An answer of the API server that was read to its end. */
export interface ApiAnswer {
  readonly status: number;
  /** The parsed body; `undefined` when it is not JSON. */
  readonly body: unknown;
  readonly retryAfterSeconds: number | undefined;
}

const longestAnswer = 500;

const failureByStatus: Readonly<Record<number, OutsideFailure>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  408: 'timeout',
  429: 'throttled',
};

/** The error for an answer that is not a success. `Status` objects (meta/v1) speak for themselves, shortened. */
export function refusal(attempted: string, answer: ApiAnswer): OutsideCallError {
  const words = statusWords(answer.body);
  return new OutsideCallError({
    system: 'kubernetes',
    failure: failureOf(answer.status),
    attempted,
    status: answer.status,
    ...(words === undefined ? {} : { answer: words }),
    ...(answer.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: answer.retryAfterSeconds }),
  });
}

/** Refusals that are about who asks, and not about what was sent, keep their words. */
const harmlessStatuses: ReadonlySet<number> = new Set([401, 403, 404, 409, 429]);

/** The answer without words that may repeat a value that was sent. */
export function withoutValues(answer: ApiAnswer): ApiAnswer {
  return harmlessStatuses.has(answer.status) ? answer : { ...answer, body: { reason: statusReason(answer.body) } };
}

function failureOf(status: number): OutsideFailure {
  if (status >= 500) return 'server-error';
  // A redirect is never followed: the bearer goes to the endpoint of the cluster and nowhere else.
  if (status < 400) return 'protocol';
  return failureByStatus[status] ?? 'rejected';
}

/** An answer that is not what the API promises. */
export function unreadable(attempted: string, why: string, cause?: unknown): OutsideCallError {
  return new OutsideCallError({ system: 'kubernetes', failure: 'protocol', attempted, answer: why, cause });
}

/** What we refuse to send, or what the API server has no place for. */
export function rejected(attempted: string, why: string, status?: number): OutsideCallError {
  return new OutsideCallError({
    system: 'kubernetes',
    failure: 'rejected',
    attempted,
    answer: why,
    ...(status === undefined ? {} : { status }),
  });
}

/** The caller's signal or a deadline ended the call. */
export function timedOut(attempted: string, cause?: unknown): OutsideCallError {
  return new OutsideCallError({ system: 'kubernetes', failure: 'timeout', attempted, cause });
}

/** Codes of undici that say something else than "no connection". */
const failureByCode: Readonly<Record<string, OutsideFailure>> = {
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'protocol',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'protocol',
  UND_ERR_INVALID_ARG: 'rejected',
};

/**
 * The error for a call without a whole answer. Whatever is not known otherwise means that there is no connection:
 * DNS, refused, reset, and the many codes with which TLS says that it does not trust the other side.
 */
export function brokenCall(attempted: string, cause: unknown, signal: AbortSignal): OutsideCallError {
  if (signal.aborted) return timedOut(attempted, cause);
  const code = codeOf(cause);
  const failure = code.startsWith('HPE_') ? 'protocol' : (failureByCode[code] ?? 'unreachable');
  const message = cause instanceof Error ? cause.message : '';
  return new OutsideCallError({
    system: 'kubernetes',
    failure,
    attempted,
    answer: shortened(message.includes(code) ? message : `${code} ${message}`.trim()),
    cause,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** `Retry-After` (RFC 9110 §10.2.3: seconds or a date) as whole seconds from now. */
export function retryAfterSeconds(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}

/** `reason` of a `Status` (meta/v1), such as `AlreadyExists`. */
export function statusReason(body: unknown): string | undefined {
  return isRecord(body) && typeof body['reason'] === 'string' ? body['reason'] : undefined;
}

function statusWords(body: unknown): string | undefined {
  if (!isRecord(body)) return undefined;
  const words = typeof body['message'] === 'string' && body['message'] !== '' ? body['message'] : statusReason(body);
  return words === undefined ? undefined : shortened(words);
}

function shortened(text: string): string {
  return text.length <= longestAnswer ? text : `${text.slice(0, longestAnswer - 1)}…`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
