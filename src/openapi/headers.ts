import * as z from 'zod';
import type { RequestHeader } from '../http/route.ts';

/** Headers that requests may carry. */
export const requestHeaders: Readonly<Record<RequestHeader, z.ZodType>> = {
  'If-Match': z
    .string()
    .optional()
    .meta({
      description: 'Only if the resource has this `ETag`, or exists at all (`*`); else 412.',
      examples: ['"3b1c7f0e9a2d4c6b8e0f1a2b3c4d5e6f"'],
    }),
  'If-None-Match': z.literal('*').optional().meta({ description: 'Only if there is no such resource yet; else 412.' }),
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .meta({
      description:
        'Same key, same request: the same operation until 24 hours after its end, unless it failed or was cancelled. Another request ' +
        'under the key, or the same one after the specs were changed, is 422. A key belongs to one customer, method and path.',
      examples: ['onboard-acme-production-1'],
    }),
  Prefer: z
    .string()
    .optional()
    .meta({
      description:
        '`wait=N` (RFC 7240): hold the answer until the operation rests or N seconds (25 at most) have passed.',
      examples: ['wait=25'],
    }),
};

/** Headers that answers may carry. */
export const answerHeaders: Readonly<Record<string, z.ZodType>> = {
  'X-Request-Id': z.string().meta({ description: 'Id of the request; the log has it.' }),
  ETag: z.string().meta({
    description: 'Of the `spec`, for `If-Match`: equal specs have equal tags. A status that moves does not change it.',
    examples: ['"3b1c7f0e9a2d4c6b8e0f1a2b3c4d5e6f"'],
  }),
  Location: z.string().meta({
    description: "Path of the resource or operation, from the API's root, stage included.",
    examples: ['/prod/v1/customers/acme/operations/op-01jd6z5k8q3v9x7m2n4p6r8t0w'],
  }),
  'Retry-After': z
    .string()
    .optional()
    .meta({ description: 'Seconds after which to ask again.', examples: ['2'] }),
};

/** `Location` of a problem: not every conflict has one. */
export const operationInTheWay = z
  .string()
  .optional()
  .meta({
    description: 'Path of the operation that is in the way, where one is.',
    examples: ['/prod/v1/customers/acme/operations/op-01jd6z5k8q3v9x7m2n4p6r8t0w'],
  });
