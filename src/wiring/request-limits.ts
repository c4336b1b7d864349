/** Of every AWS client, in milliseconds; what hangs is given up long before the caller is. */
export const requestLimits = { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true } as const;
