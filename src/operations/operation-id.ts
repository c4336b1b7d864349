import { createHash } from 'node:crypto';

export interface IdempotentRequest {
  readonly customer: string;
  readonly method: string;
  readonly path: string;
  readonly key: string;
}

/**
 * The id of the n-th operation under one idempotency key. The id is derived, so the operation item is the
 * idempotency record itself: a request that comes twice meets its own item, whatever was lost in between.
 */
export function operationIdFor(request: IdempotentRequest, n: number): string {
  const hash = createHash('sha256');
  for (const part of [request.customer, request.method, request.path, request.key, String(n)]) {
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  }
  return `op-${hash.digest('hex').slice(0, 40)}`;
}

/** SHA-256 over a value's canonical JSON (keys sorted, `undefined` left out), as hex. */
export function canonicalHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** 128 bits tell apart what one subject is asked for; an item is to stay below a kilobyte when it is made. */
export function shortHash(value: unknown): string {
  return canonicalHash(value).slice(0, 32);
}

export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
