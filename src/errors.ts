/**
 * The one error base and the closed list of codes.
 *
 * A code is a promise: its `type` URI, its status and its meaning do not change between releases.
 */

/** HTTP status and title of each code that an answer of the API may carry. */
export const errorCodes = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'invalid-path': { status: 400, title: 'The path is not valid' },
  'invalid-page-token': { status: 400, title: 'The page token does not belong to this list' },
  'not-found': { status: 404, title: 'There is no such resource' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  conflict: { status: 409, title: 'The resource was changed at the same moment' },
  'immutable-field': { status: 409, title: 'A field that cannot change was changed' },
  'repository-taken': { status: 409, title: 'The repository belongs to another customer' },
  'account-taken': { status: 409, title: 'The AWS account belongs to another customer' },
  'cluster-taken': { status: 409, title: 'The EKS cluster is registered under another id' },
  'resource-in-use': { status: 409, title: 'Something else depends on the resource' },
  'operation-in-progress': { status: 409, title: 'Another operation is running' },
  'operation-ended': { status: 409, title: 'The operation has ended already' },
  'precondition-failed': { status: 412, title: 'The resource is not in the state that the request requires' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not JSON' },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key stands for another request, or for an earlier state of the specs',
  },
  'git-host-unknown': { status: 422, title: 'The Git host is not configured' },
  'account-not-registered': { status: 422, title: 'The account is not registered for the customer' },
  'grant-without-effect': { status: 422, title: 'The grant would not give the right that it says' },
  'internal-error': { status: 500, title: 'The request failed on our side' },
  'service-unavailable': { status: 503, title: 'A service behind the API does not answer' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** One fault of a request: a field of the body by its JSON Pointer (RFC 6901), or a parameter of path or query by its name. */
export interface FieldError {
  readonly pointer?: string | undefined;
  readonly parameter?: string | undefined;
  readonly detail: string;
}

export interface FleetErrorOptions {
  /** For the log only; never part of an answer. */
  readonly internal?: string;
  readonly cause?: unknown;
  readonly retryable?: boolean;
  readonly errors?: readonly FieldError[];
  /** Path of the resource that stands in the way (`Location` of the answer). */
  readonly location?: string;
  /** Methods that the path takes (`Allow` of the answer). */
  readonly allow?: readonly string[];
  /** What is in the way: paths from the API's root, or what we left in a cluster. */
  readonly usedBy?: readonly string[];
}

/** An answer other than success. `detail` is for the caller and says what to do. */
export class FleetError extends Error {
  override readonly name: string = 'FleetError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly internal: string | undefined;
  readonly retryable: boolean;
  readonly errors: readonly FieldError[];
  readonly location: string | undefined;
  readonly allow: readonly string[] | undefined;
  readonly usedBy: readonly string[] | undefined;

  constructor(code: ErrorCode, detail: string, options: FleetErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.internal = options.internal;
    this.retryable = options.retryable ?? false;
    this.errors = options.errors ?? [];
    this.location = options.location;
    this.allow = options.allow;
    this.usedBy = options.usedBy;
  }
}

/** The systems that we call. */
export type OutsideSystem =
  | 'kubernetes'
  | 'git-host'
  | 'sts'
  | 'eks'
  | 'ecr'
  | 'iam'
  | 'secrets-manager'
  | 'app-key-file'
  | 'dynamodb'
  | 'workflow-engine'
  | 'flux-releases';

/**
 * How an outside call failed:
 * `unreachable` no connection (DNS, refused, reset, TLS); `timeout` no answer in time or aborted by its deadline;
 * `throttled` asked to slow down; `server-error` 5xx; `unauthenticated` our credentials were not accepted;
 * `forbidden` they were, but do not suffice; `rejected` any other refusal; `protocol` an answer that we cannot read.
 */
export type OutsideFailure =
  | 'unreachable'
  | 'timeout'
  | 'throttled'
  | 'server-error'
  | 'unauthenticated'
  | 'forbidden'
  | 'rejected'
  | 'protocol';

export interface OutsideCallErrorOptions {
  readonly system: OutsideSystem;
  readonly failure: OutsideFailure;
  /** What was tried, in words: `GET /version`, `commit files to acme/infrastructure`. Never a secret. */
  readonly attempted: string;
  /** The other side's own words, shortened; never a secret. */
  readonly answer?: string;
  /** HTTP status of the answer, where there was one. */
  readonly status?: number;
  /** When the other side asked us to come back, in seconds from now. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

const transientFailures: ReadonlySet<OutsideFailure> = new Set(['unreachable', 'timeout', 'throttled', 'server-error']);

/** An outside system failed, refused or did not answer, and no union of the port covers the case. */
export class OutsideCallError extends Error {
  override readonly name = 'OutsideCallError';
  readonly system: OutsideSystem;
  readonly failure: OutsideFailure;
  readonly attempted: string;
  readonly answer: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(options: OutsideCallErrorOptions) {
    super(`${options.system}: ${options.attempted}: ${options.failure}${options.answer ? `: ${options.answer}` : ''}`, {
      cause: options.cause,
    });
    this.system = options.system;
    this.failure = options.failure;
    this.attempted = options.attempted;
    this.answer = options.answer;
    this.status = options.status;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The same call may succeed later without anybody changing anything. */
  get retryable(): boolean {
    return transientFailures.has(this.failure);
  }

  /**
   * Seconds until we may come back, where a limit that all our functions share asks us to stay away: a Git host's. An
   * API server that says "in a second" is only busy.
   */
  get postponedSeconds(): number | undefined {
    return this.system === 'git-host' && this.failure === 'throttled' ? this.retryAfterSeconds : undefined;
  }
}
