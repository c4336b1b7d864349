import { OutsideCallError } from '../errors.ts';
import type { KubernetesObject, WatchOptions, WatchOutcome } from '../ports/kubernetes-cluster.ts';
import { refusal, timedOut } from './kubernetes-failures.ts';
import type { WatchEvent } from './kubernetes-watch-events.ts';
import type { Pause } from './pause.ts';

/** The object at one moment. */
export interface Sighting {
  readonly object: KubernetesObject | undefined;
  /** What a watch goes on from; `undefined` when there is nothing to watch: the kind does not exist. */
  readonly resourceVersion: string | undefined;
}

/** What watching one object needs of the cluster. */
export interface WatchSource {
  readonly attempted: string;
  readonly pause: Pause;
  look(signal: AbortSignal): Promise<Sighting>;
  /** Ends when the API server ends it, and throws an `OutsideCallError` when it breaks. */
  follow(resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
}

const firstPauseMs = 100;
const longestPauseMs = 1000;

/**
 * The promise of `KubernetesCluster.watchUntil`. The first look fails like every other call; what breaks after it is
 * taken up again, unless it cannot pass by itself.
 */
export async function watchUntil(source: WatchSource, options: Omit<WatchOptions, 'reference'>): Promise<WatchOutcome> {
  const deadline = deadlineAfter(source.pause, options);
  try {
    // The deadline does not end the first look: without it there is no last state.
    let seen = await source.look(options.signal);
    if (options.isDone(seen.object)) {
      return { isDone: true, object: seen.object };
    }
    for await (seen of sightings(source, seen, AbortSignal.any([options.signal, deadline.signal]))) {
      if (options.isDone(seen.object)) {
        return { isDone: true, object: seen.object };
      }
    }
    if (options.signal.aborted) {
      throw timedOut(source.attempted, options.signal.reason);
    }
    return { isDone: false, object: seen.object };
  } finally {
    deadline.forget();
  }
}

/** A signal that comes when the time is over, unless it is forgotten before. */
function deadlineAfter(pause: Pause, { timeoutSeconds, signal }: Pick<WatchOptions, 'timeoutSeconds' | 'signal'>) {
  const over = new AbortController();
  const forgotten = new AbortController();
  pause(Math.max(0, timeoutSeconds) * 1000, AbortSignal.any([signal, forgotten.signal])).then(
    () => over.abort(),
    () => undefined,
  );
  return { signal: over.signal, forget: () => forgotten.abort() };
}

/** Every later state of the object, until the signal ends it. */
async function* sightings(source: WatchSource, first: Sighting, signal: AbortSignal): AsyncGenerator<Sighting> {
  let seen = first;
  let fruitlessRounds = 0;
  let askedPauseMs = 0;
  while (!signal.aborted) {
    try {
      for await (seen of round(source, seen, signal)) {
        fruitlessRounds = seen.resourceVersion === undefined ? fruitlessRounds : 0;
        yield seen;
      }
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      askedPauseMs = pauseAskedBy(error);
      seen = isOutdated(error) ? { object: seen.object, resourceVersion: undefined } : seen;
    }
    const pauseMs = Math.max(askedPauseMs, Math.min(longestPauseMs, firstPauseMs * 2 ** fruitlessRounds));
    await source.pause(pauseMs, signal).catch(() => {});
    askedPauseMs = 0;
    fruitlessRounds += 1;
  }
}

/** One watch, with a new look before it where there is nothing to go on from. */
async function* round(source: WatchSource, last: Sighting, signal: AbortSignal): AsyncGenerator<Sighting> {
  let seen = last;
  if (seen.resourceVersion === undefined) {
    seen = await source.look(signal);
    yield seen;
  }
  if (seen.resourceVersion === undefined) {
    return;
  }
  for await (const event of source.follow(seen.resourceVersion, signal)) {
    seen = seenAfter(event, seen, source.attempted);
    yield seen;
  }
}

function seenAfter(event: WatchEvent, seen: Sighting, attempted: string): Sighting {
  switch (event.kind) {
    case 'changed':
      return { object: event.object, resourceVersion: event.resourceVersion };
    case 'deleted':
      return { object: undefined, resourceVersion: event.resourceVersion };
    case 'bookmark':
      return { object: seen.object, resourceVersion: event.resourceVersion };
    case 'refused':
      throw refusal(attempted, event.answer);
  }
}

/** 410: the resource version is too old to go on from. 404: the kind is gone. Both need a new look. */
function isOutdated(error: unknown): boolean {
  return error instanceof OutsideCallError && (error.status === 410 || error.status === 404);
}

/** The pause that the API server asked for, in milliseconds; what cannot pass by itself is thrown on. */
function pauseAskedBy(error: unknown): number {
  if (error instanceof OutsideCallError && (error.retryable || isOutdated(error))) {
    return (error.retryAfterSeconds ?? 0) * 1000;
  }
  throw error;
}
