import * as z from 'zod';

const payloadSchema = z.object({ operationId: z.string() });

/** What every durable function is given: which operation is to be worked on. */
export function operationIdOf(event: unknown): string {
  return payloadSchema.parse(event).operationId;
}
