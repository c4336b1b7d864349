import { FleetError } from '../errors.ts';
import { canonicalHash, canonicalJson } from '../operations/operation-id.ts';

/** The strong entity tag (RFC 9110 §8.8.3) of a resource: over its spec, so that a status that moves leaves it alone. */
export function entityTag(spec: object): string {
  return `"${canonicalHash(spec).slice(0, 32)}"`;
}

/** What a PUT requires of the resource as it is now. */
export interface Precondition {
  /** `If-Match`: entity tags of which the resource must have one, or `*`. */
  readonly ifMatch?: readonly string[] | undefined;
  /** `If-None-Match: *`: there must be none. */
  readonly mustBeNew: boolean;
}

/** Throws `precondition-failed` where the resource is not as the request requires. */
export function requirePrecondition(precondition: Precondition, present: { readonly spec: object } | undefined): void {
  if (precondition.mustBeNew && present) {
    throw new FleetError(
      'precondition-failed',
      'The resource exists already, and the request asked to create it (If-None-Match: *).',
    );
  }
  if (precondition.ifMatch === undefined) return;
  const accepted = present ? ['*', entityTag(present.spec)] : [];
  if (precondition.ifMatch.some((tag) => accepted.includes(tag))) return;
  throw new FleetError(
    'precondition-failed',
    'The resource is not the one that was read. Read it again and send its ETag in If-Match.',
  );
}

/** The same declaration again changes nothing. */
export function isSameSpec(one: object, other: object): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** What a PUT did. */
export interface Put<T> {
  readonly record: T;
  readonly isNew: boolean;
}

/** Somebody else's write came between our read and our write. */
export function changedMeanwhile(): FleetError {
  return new FleetError(
    'conflict',
    'Somebody changed the resource at the same moment. Read it again and repeat the request.',
    {
      retryable: true,
    },
  );
}
