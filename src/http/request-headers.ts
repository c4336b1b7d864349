import type { Context } from 'hono';
import { FleetError } from '../errors.ts';
import type { Precondition } from '../registry/precondition.ts';

/** `If-Match` and `If-None-Match` (RFC 9110 §13.1), whose tags are of no use to those who change something. */
export function preconditionOf(c: Context): Precondition {
  const noneMatch = c.req.header('if-none-match');
  if (noneMatch !== undefined && noneMatch.trim() !== '*') {
    throw new FleetError('invalid-request', 'If-None-Match can only be *.');
  }
  const ifMatch = c.req
    .header('if-match')
    ?.split(',')
    .map((tag) => tag.trim());
  return { ifMatch, mustBeNew: noneMatch !== undefined };
}

const maxWaitSeconds = 25;

/** Seconds of `Prefer: wait=N` (RFC 7240), at most 25; a preference that cannot be read is ignored, as the RFC says. */
export function waitSecondsOf(c: Context): number {
  const match = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?(?:$|[,;\s])/i.exec(c.req.header('prefer') ?? '');
  return Math.min(Number(match?.[1] ?? 0), maxWaitSeconds);
}

/** The `Idempotency-Key` with what it is bound to. */
export function idempotencyOf(c: Context): { key: string; method: string; path: string } | undefined {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return undefined;
  if (key === '' || key.length > 255 || !/^[\x21-\x7e]+$/.test(key)) {
    throw new FleetError('invalid-request', 'An Idempotency-Key has 1 to 255 visible ASCII characters.');
  }
  return { key, method: c.req.method, path: c.req.path };
}
