import { OutsideCallError } from '../errors.ts';
import type { OutsideSystem } from '../errors.ts';
import { isOurOwn } from '../operations/operation-failures.ts';
import type { PlanJob } from './bootstrap-job.ts';

/** What a part of a plan saw, or why it saw nothing. */
export type Sight<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: OutsideCallError };

/**
 * Limits in milliseconds. They add up to 20 seconds along the longest way (role, entry, API server, facts, objects);
 * repository with files or deploy keys, and the distribution, are asked beside it and end earlier.
 */
export const planLimits = {
  role: 5000,
  entry: 3000,
  server: 4000,
  facts: 3000,
  objects: 5000,
  repository: 6000,
  deployKeys: 4000,
  formerKeys: 4000,
  distribution: 10_000,
  files: 6000,
} as const;

export type PlanPart = keyof typeof planLimits;
export type PlanLimits = Readonly<Record<PlanPart, number>>;

/** Whom a part asks, and for what: the words for one that does not end in time. */
const asked = {
  role: { system: 'eks', attempted: 'assume the role and describe the cluster' },
  entry: { system: 'eks', attempted: 'look for our access entry' },
  server: { system: 'kubernetes', attempted: 'ask the API server who we are to it' },
  facts: { system: 'kubernetes', attempted: 'read what of Flux is in the cluster' },
  objects: { system: 'kubernetes', attempted: 'compare the objects in the cluster' },
  repository: { system: 'git-host', attempted: 'look at the repository' },
  deployKeys: { system: 'git-host', attempted: 'list the deploy keys' },
  formerKeys: { system: 'git-host', attempted: 'list the deploy keys of former repositories' },
  distribution: { system: 'flux-releases', attempted: 'load the manifests of Flux' },
  files: { system: 'git-host', attempted: "read the cluster's folder" },
} as const satisfies Record<PlanPart, { readonly system: OutsideSystem; readonly attempted: string }>;

/** Runs one part within its limit; throws only what nobody expected. */
export type Look = <T>(part: PlanPart, body: (signal: AbortSignal) => Promise<T>) => Promise<Sight<T>>;

/** What all parts of one plan share. */
export interface Planning {
  readonly job: PlanJob;
  readonly look: Look;
}

/** Each part has a limit of its own, so that a system that hangs takes no other's answers with it. */
export function lookWithin(job: PlanJob, limits: PlanLimits, signal: AbortSignal): Look {
  return async (part, body) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limits[part])]);
    try {
      return { kind: 'seen', value: await raced(part, limit, body) };
    } catch (error) {
      const failure = limit.aborted && !(error instanceof OutsideCallError) ? overdue(part) : error;
      if (!(failure instanceof OutsideCallError)) throw failure;
      if (isOurOwn(failure)) job.deps.onUnexpected(job.operation.id, failure);
      return { kind: 'failed', error: failure };
    }
  };
}

/** A body that does not heed its signal must not hold the whole plan. */
async function raced<T>(part: PlanPart, limit: AbortSignal, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (limit.aborted) throw overdue(part);
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(overdue(part));
  limit.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([body(limit), promise]);
  } finally {
    limit.removeEventListener('abort', onAbort);
  }
}

function overdue(part: PlanPart): OutsideCallError {
  return new OutsideCallError({ ...asked[part], failure: 'timeout' });
}
