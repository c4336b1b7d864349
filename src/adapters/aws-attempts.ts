/**
 * How often the SDK sends a request before its failure counts. It owns the repetition of single requests: repeated
 * there, one that AWS turned away costs one request; a step that begins anew sends all of its requests again. With 30 %
 * turned away, one call in 120 gets as far as that.
 */
export const awsAttempts = 4;

/** Bounds of one attempt: with all of them, a call that nobody answers still ends within a step. */
export const awsRequestLimits = { connectionTimeout: 2000, requestTimeout: 8000, throwOnRequestTimeout: true } as const;
