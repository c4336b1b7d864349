import type { Log } from '../log.ts';
import type { ApiLog } from './api.ts';

/** The API's lines in the structured log. */
export function apiLog(log: Log): ApiLog {
  return {
    answered: (fields) => log.info('request answered', fields),
    failed: (fields) => log.error('request failed', fields),
  };
}
