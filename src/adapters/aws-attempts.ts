/**
 * How often the SDK sends a request before its failure counts. It owns the repetition of single requests: repeated
 * there, one that AWS turned away costs one request; a step that begins anew sends all of its requests again. With 30 %
 * turned away, one call in 410 gets as far as that; with one attempt less it is one in 120, and steps that begin anew cost
 * grants a tenth more requests.
 */
export const awsAttempts = 5;

/** Bounds of one attempt: with all of them, a call that nobody answers still ends within a step. */
export const awsRequestLimits = { connectionTimeout: 2000, requestTimeout: 8000, throwOnRequestTimeout: true } as const;
