import { setTimeout } from 'node:timers/promises';

export interface WaitOptions {
  /** Only a hang reaches it. Default 120. */
  readonly limitSeconds?: number;
  readonly everyMilliseconds?: number;
}

/**
 * Asks again until the question answers with something other than `undefined` and `false`; errors count as "not yet".
 * Past the limit: an error with what was waited for and the last error.
 */
export async function waitFor<T>(
  what: string,
  question: () => Promise<T | undefined | false>,
  { limitSeconds = 120, everyMilliseconds = 100 }: WaitOptions = {},
): Promise<T> {
  const until = performance.now() + limitSeconds * 1000;
  let last: unknown = 'it never came true';
  while (performance.now() < until) {
    try {
      const answer = await question();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await setTimeout(everyMilliseconds);
  }
  throw new Error(`waited ${limitSeconds} s in vain until ${what}: ${String(last)}`, { cause: last });
}
