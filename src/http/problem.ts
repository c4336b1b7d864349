import { errorCodes, FleetError, OutsideCallError } from '../errors.ts';
import type { ErrorCode, FieldError } from '../errors.ts';

/** A problem document (RFC 9457) with our members `code`, `requestId` and `errors`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
}

export const problemMediaType = 'application/problem+json';

/** Turns whatever was thrown into the answer; nothing of an unknown error but its request id goes out. */
export function problemOf(error: unknown, requestId: string): Problem {
  const known = knownError(error);
  const { status, title } = errorCodes[known.code];
  return {
    type: `urn:fleet-api:problem:${known.code}`,
    title,
    status,
    detail: known.detail,
    code: known.code,
    requestId,
    ...(known.errors.length > 0 ? { errors: known.errors } : {}),
  };
}

/** The error as the caller may know it. */
export function knownError(error: unknown): FleetError {
  if (error instanceof FleetError) return error;
  if (error instanceof OutsideCallError && error.retryable) {
    return new FleetError(
      'service-unavailable',
      'A service that the API needs does not answer now. Call again in a moment.',
      {
        cause: error,
        retryable: true,
      },
    );
  }
  return new FleetError(
    'internal-error',
    'The request failed on our side. Tell the operators of the API the request id.',
    { cause: error },
  );
}
