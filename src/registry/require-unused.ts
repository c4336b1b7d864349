import { FleetError } from '../errors.ts';

/** So many are named in an answer. */
const mostNamed = 10;

/** Throws `resource-in-use`, naming what is in the way (paths from the API's root). */
export function requireUnused(what: string, users: readonly string[]): void {
  if (users.length === 0) return;
  const named = users.slice(0, mostNamed);
  const more = users.length > named.length ? ` and ${users.length - named.length} more` : '';
  const detail = `${what} is in use by ${named.join(', ')}${more}. Delete what uses it first.`;
  throw new FleetError('resource-in-use', detail, { usedBy: named });
}
