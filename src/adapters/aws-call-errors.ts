import { OutsideCallError } from '../errors.ts';
import type { OutsideFailure, OutsideSystem } from '../errors.ts';
import { clockWords } from './clock-words.ts';

/** Longest text of AWS that we pass on, in characters. */
const maxAnswerLength = 400;

/**
 * Codes that say that the credentials or the signature were not accepted: the STS query API and the REST services
 * spell them differently. Their messages may hold the canonical request, and with it the session token, so only the
 * code is ever passed on.
 */
const unauthenticatedCodes: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

const accessDeniedCodes: ReadonlySet<string> = new Set(['AccessDenied', 'AccessDeniedException']);

const throttlingCodes: ReadonlySet<string> = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

const timeoutNames: ReadonlySet<string> = new Set(['AbortError', 'TimeoutError']);

/** What an SDK error says, read without trusting its class: a bundle may hold two copies of one. */
export interface AwsFault {
  /** The service's code, or the name of the error where no answer came. */
  readonly code: string;
  readonly status: number | undefined;
  /** The service's own words, shortened; empty where they may hold a secret. */
  readonly words: string;
}

export function readAwsFault(error: unknown): AwsFault {
  if (!(error instanceof Error)) {
    return { code: 'Unknown', status: undefined, words: '' };
  }
  const isSafe = !unauthenticatedCodes.has(error.name);
  const words = isSafe ? error.message.slice(0, maxAnswerLength) : wordsOfClocks(error.message);
  return { code: error.name, status: httpStatus(error), words };
}

/**
 * `Signature expired: 20260101T000000Z is now earlier than … (20260101T001600Z - 15 min.)`, or `Signature not yet
 * current` (aws/aws-cli#6676): ours and theirs, of which only the difference is passed on.
 */
function wordsOfClocks(message: string): string {
  const [, signedAt = '', now = ''] =
    /^Signature (?:expired|not yet current): (\d{8}T\d{6}Z) .*\((\d{8}T\d{6}Z) [-+] /.exec(message) ?? [];
  const aheadMs = timeOf(signedAt) - timeOf(now);
  return Number.isNaN(aheadMs) ? '' : clockWords(aheadMs, "AWS's");
}

/** Of `20260101T001600Z`, in milliseconds since 1970. */
function timeOf(compact: string): number {
  return Date.parse(compact.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

export function isAccessDenied(fault: AwsFault): boolean {
  return accessDeniedCodes.has(fault.code);
}

export interface FailedCall {
  readonly system: OutsideSystem;
  /** In words, such as `sts:AssumeRole on arn:…`; never a secret. */
  readonly attempted: string;
}

/** Turns what an SDK call threw into the one error that leaves an adapter; an `OutsideCallError` stays as it is. */
export function toOutsideCallError(error: unknown, call: FailedCall): OutsideCallError {
  if (error instanceof OutsideCallError) {
    return error;
  }
  const fault = readAwsFault(error);
  const answer = fault.words === '' ? fault.code : `${fault.code}: ${fault.words}`;
  return new OutsideCallError({
    ...call,
    failure: failureOf(error, fault),
    answer,
    ...(fault.status !== undefined && { status: fault.status }),
    // The SDK's error carries the request, whose headers hold the session token: only the safe part goes on.
    cause: new Error(answer),
  });
}

function failureOf(error: unknown, fault: AwsFault): OutsideFailure {
  if (timeoutNames.has(fault.code)) {
    return 'timeout';
  }
  if (unauthenticatedCodes.has(fault.code)) {
    return 'unauthenticated';
  }
  if (throttlingCodes.has(fault.code) || fault.status === 429) {
    return 'throttled';
  }
  if (isAccessDenied(fault) || fault.status === 403) {
    return 'forbidden';
  }
  if (fault.code === 'SyntaxError') {
    return 'protocol';
  }
  if (fault.status === undefined) {
    return isConnectionError(error) ? 'unreachable' : 'protocol';
  }
  return fault.status >= 500 ? 'server-error' : 'rejected';
}

/** Node marks errors of sockets, DNS and TLS with a string `code`. */
function isConnectionError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function httpStatus(error: Error): number | undefined {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) {
    return undefined;
  }
  const metadata = error.$metadata;
  return 'httpStatusCode' in metadata && typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : undefined;
}
