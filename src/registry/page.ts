/** A stretch of a list in its order. */
export interface Slice<T> {
  readonly items: readonly Positioned<T>[];
  /** Where the next stretch begins (behind this position); absent at the end of the list. */
  readonly next?: string | undefined;
}

/** `position` tells the item from all others of its list, and sorts as the list does. */
export interface Positioned<T> {
  readonly position: string;
  readonly value: T;
}

export interface SliceRequest {
  /** Only what comes behind this position. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
}

export interface PageRequest<T> {
  readonly size: number;
  readonly after?: string | undefined;
  readonly accepts?: ((value: T) => boolean) | undefined;
}

/** A filter that fits little must not hold a request: then the page is short, and the caller comes back. */
const mostLookedAt = 1000;
/** So many are read at a time where a filter, or what was deleted, may leave little of them. */
const longStretch = 200;

/**
 * A page of what the filter accepts. Shorter than asked for at the end of the list, or after a thousand items; it never
 * takes more than six reads.
 */
export async function readPage<T>(
  read: (request: SliceRequest) => Promise<Slice<T>>,
  { size, after, accepts }: PageRequest<T>,
): Promise<Page<T>> {
  const items: T[] = [];
  let position = after;
  for (let lookedAt = 0; lookedAt < mostLookedAt;) {
    const limit = accepts || lookedAt > 0 ? longStretch : size;
    const slice = await read({ after: position, limit });
    for (const [index, candidate] of slice.items.entries()) {
      if (accepts && !accepts(candidate.value)) continue;
      items.push(candidate.value);
      if (items.length < size) continue;
      const isLast = slice.next === undefined && index === slice.items.length - 1;
      return isLast ? { items } : { items, next: candidate.position };
    }
    if (slice.next === undefined) return { items };
    position = slice.next;
    // Deleted ones were looked at as well, and are not in the slice.
    lookedAt += limit;
  }
  return { items, next: position };
}
