import { setTimeout } from 'node:timers/promises';

/** Ends after so many milliseconds, or throws as soon as the signal says so. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const pause: Pause = (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal });
