import type { Registry } from '../ports/registry.ts';

/** A name that was taken and never used is free again after this: no request lives that long. */
const staleMinutes = 5;

export interface NameRequest {
  readonly name: string;
  readonly owner: string;
  readonly now: Date;
  /** Does what the present owner declares still bear this name? */
  readonly isUsedBy: (owner: string) => Promise<boolean>;
}

/**
 * Takes a name that one owner in the fleet may have; `false` when another one has it. The name is taken before it is
 * used, so a request that died in between leaves a name without a user: that one may be taken over after a while.
 */
export async function takeName(registry: Registry, request: NameRequest): Promise<boolean> {
  const { name, owner } = request;
  const now = request.now.toISOString();
  const outcome = await registry.takeUnique(name, owner, { now });
  if (outcome.kind === 'mine') return true;
  if (request.now.getTime() - Date.parse(outcome.takenAt) < staleMinutes * 60_000) return false;
  if (await request.isUsedBy(outcome.owner)) return false;
  const again = await registry.takeUnique(name, owner, { now, instead: outcome });
  return again.kind === 'mine';
}
