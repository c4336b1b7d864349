import {
  type DurableExecutionClient,
  DurableExecutionClientError,
  DurableExecutionClientErrorScope,
} from '@aws/durable-execution-sdk-js';

/**
 * The same transport with the reach of each failure stated. The SDK guesses it from the error's shape, and 2.4.0
 * guesses wrong where it matters: it looks for `Invalid Checkpoint Token`, the service says `Invalid checkpoint token`
 * (aws-durable-execution-sdk-js issue #917), so an invocation that was replaced would fail the whole execution.
 *
 * - a stale token ends the invocation: a newer one has taken over;
 * - throttling, 5xx and network failures end the invocation: the service begins another;
 * - every other refusal (too large, not valid, not permitted, execution ended) ends the execution: it would come again.
 */
export function withErrorScopes(client: DurableExecutionClient): DurableExecutionClient {
  return {
    getExecutionState: (request, logger) => scoped(client.getExecutionState(request, logger)),
    checkpoint: (request, logger) => scoped(client.checkpoint(request, logger)),
  };
}

async function scoped<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new DurableExecutionClientError(message, { scope: scopeOf(error), cause: error });
  }
}

function scopeOf(error: unknown): DurableExecutionClientErrorScope {
  const { INVOCATION, EXECUTION } = DurableExecutionClientErrorScope;
  if (!(error instanceof Error)) {
    return INVOCATION;
  }
  if (error.message.toLowerCase().startsWith('invalid checkpoint token')) {
    return INVOCATION;
  }
  if (barredKeyErrors.has(error.name)) {
    return EXECUTION;
  }
  const status = statusOf(error);
  const isRefusal = status !== undefined && status >= 400 && status < 500 && status !== 429 && status !== 408;
  return isRefusal ? EXECUTION : INVOCATION;
}

/** A key that is gone or barred arrives as 502, and does not come back by itself. */
const barredKeyErrors: ReadonlySet<string> = new Set([
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSInvalidStateException',
  'KMSNotFoundException',
]);

function statusOf(error: Error): number | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  return typeof metadata === 'object' &&
    metadata !== null &&
    'httpStatusCode' in metadata &&
    typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : undefined;
}
