import * as z from 'zod';

/**
 * What is known of one execution; the content of its file. Operations have the shape that the durable execution SDK
 * reads (its `WireOperation`), with RFC 3339 timestamps.
 */

export const errorSchema = z.object({
  ErrorMessage: z.string().optional(),
  ErrorType: z.string().optional(),
  ErrorData: z.string().optional(),
  StackTrace: z.array(z.string()).optional(),
});

const operationSchema = z.object({
  Id: z.string(),
  ParentId: z.string().optional(),
  Name: z.string().optional(),
  Type: z.enum(['EXECUTION', 'STEP', 'WAIT', 'CONTEXT']),
  SubType: z.string().optional(),
  Status: z.enum(['STARTED', 'PENDING', 'READY', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'STOPPED']),
  StartTimestamp: z.string(),
  EndTimestamp: z.string().optional(),
  ExecutionDetails: z.object({ InputPayload: z.string() }).optional(),
  ContextDetails: z
    .object({
      ReplayChildren: z.boolean().optional(),
      Result: z.string().optional(),
      Error: errorSchema.optional(),
    })
    .optional(),
  StepDetails: z
    .object({
      /** Attempts that have ended: 0 while the first one runs. */
      Attempt: z.number(),
      NextAttemptTimestamp: z.string().optional(),
      Result: z.string().optional(),
      Error: errorSchema.optional(),
    })
    .optional(),
  WaitDetails: z.object({ ScheduledEndTimestamp: z.string() }).optional(),
});

const stateSchema = z.object({
  /** In the order in which they began; the first is the execution itself. */
  operations: z.array(operationSchema),
  /** Accepted updates of steps with the action RETRY: each attempt after the first is an operation of its own. */
  retries: z.number(),
  /** Bytes of all accepted payloads and errors, in UTF-8. */
  checkpointedBytes: z.number(),
  /** The end of the execution, where an update of the type EXECUTION brought it. */
  outcome: z
    .object({
      status: z.enum(['SUCCEEDED', 'FAILED']),
      result: z.string().optional(),
      error: errorSchema.optional(),
    })
    .optional(),
});

export const executionRecordSchema = z.object({
  format: z.literal(1),
  functionName: z.string(),
  executionName: z.string(),
  arn: z.string(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'STOPPED']),
  /** Times are milliseconds since 1970. */
  startedAt: z.number(),
  endedAt: z.number().optional(),
  deadlineAt: z.number(),
  /** The JSON text that the execution was started with. */
  payload: z.string(),
  result: z.string().optional(),
  error: errorSchema.optional(),
  /** When the next invocation is due; absent while one is (or was, at a crash) under way: due at once. */
  resumeAt: z.number().optional(),
  invocations: z.number(),
  /** Invocations that threw, since the last one that did not or the last result that was recorded. */
  failuresInARow: z.number(),
  checkpoints: z.number(),
  state: stateSchema,
});

export type StoredError = z.infer<typeof errorSchema>;
export type StoredOperation = z.infer<typeof operationSchema>;
export type CheckpointState = z.infer<typeof stateSchema>;
export type ExecutionRecord = z.infer<typeof executionRecordSchema>;

export interface ExecutionEnd {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED';
  readonly result?: string | undefined;
  readonly error?: StoredError | undefined;
}

export interface NewExecution {
  readonly functionName: string;
  readonly executionName: string;
  readonly arn: string;
  readonly payload: string;
  readonly now: number;
  readonly timeoutSeconds: number;
}

export function newExecution(options: NewExecution): ExecutionRecord {
  return {
    format: 1,
    functionName: options.functionName,
    executionName: options.executionName,
    arn: options.arn,
    status: 'RUNNING',
    startedAt: options.now,
    deadlineAt: options.now + options.timeoutSeconds * 1000,
    payload: options.payload,
    invocations: 0,
    failuresInARow: 0,
    checkpoints: 0,
    state: {
      operations: [
        {
          Id: options.executionName,
          Name: options.executionName,
          Type: 'EXECUTION',
          Status: 'STARTED',
          StartTimestamp: new Date(options.now).toISOString(),
          ExecutionDetails: { InputPayload: options.payload },
        },
      ],
      retries: 0,
      checkpointedBytes: 0,
    },
  };
}

/** The record once its execution has ended; an end that is there already is kept. */
export function endExecution(record: ExecutionRecord, end: ExecutionEnd, now: number): ExecutionRecord {
  if (record.status !== 'RUNNING') {
    return record;
  }
  const { resumeAt: _, ...rest } = record;
  const EndTimestamp = new Date(now).toISOString();
  const operations = record.state.operations.map((operation) =>
    operation.Type === 'EXECUTION' ? { ...operation, Status: end.status, EndTimestamp } : operation,
  );
  return { ...rest, ...end, endedAt: now, state: { ...record.state, operations } };
}

/** The end of an execution whose code threw. */
export function storedErrorOf(thrown: unknown): StoredError {
  return thrown instanceof Error
    ? { ErrorType: thrown.name, ErrorMessage: thrown.message }
    : { ErrorType: 'Error', ErrorMessage: String(thrown) };
}
