import { errorCodes, FleetError, OutsideCallError } from '../errors.ts';
import type { ErrorCode, FieldError } from '../errors.ts';

/** A problem document (RFC 9457) with our members `code`, `requestId`, `errors` and `usedBy`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
  /** What is in the way: paths, or what we left in a cluster. */
  readonly usedBy?: readonly string[];
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
    ...(known.usedBy === undefined ? {} : { usedBy: known.usedBy }),
  };
}

/** The problem as an answer to one request. */
export function answerProblem(error: unknown, request: { requestId: string; pathPrefix: string }): Response {
  const problem = problemOf(error, request.requestId);
  const { location, allow } = knownError(error);
  const headers = new Headers({ 'content-type': problemMediaType, 'x-request-id': problem.requestId });
  if (location !== undefined) headers.set('location', `${request.pathPrefix}${location}`);
  if (allow !== undefined) headers.set('allow', allow.join(', '));
  if (problem.status === 503) headers.set('retry-after', '2');
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

/** `allow`: the methods that the path takes. */
export function methodNotAllowed(allow: readonly string[]): FleetError {
  return new FleetError('method-not-allowed', `This resource takes ${allow.join(', ')}.`, { allow });
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
