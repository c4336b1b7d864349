import * as z from 'zod';

import { errorSchema } from './execution-record.ts';

/** Bodies of Lambda's requests about durable executions, as far as the engine reads them. */

const updateSchema = z.object({
  Id: z.string(),
  ParentId: z.string().optional(),
  Name: z.string().optional(),
  Type: z.enum(['CALLBACK', 'CHAINED_INVOKE', 'CONTEXT', 'EXECUTION', 'STEP', 'WAIT']),
  SubType: z.string().optional(),
  Action: z.enum(['CANCEL', 'FAIL', 'RETRY', 'START', 'SUCCEED']),
  Payload: z.string().optional(),
  Error: errorSchema.optional(),
  ContextOptions: z.object({ ReplayChildren: z.boolean().optional() }).optional(),
  StepOptions: z.object({ NextAttemptDelaySeconds: z.number().optional() }).optional(),
  WaitOptions: z.object({ WaitSeconds: z.number().optional() }).optional(),
});

export const checkpointSchema = z.object({
  CheckpointToken: z.string(),
  Updates: z.array(updateSchema).optional(),
});
