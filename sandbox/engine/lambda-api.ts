import type { WireOperation } from '@aws/durable-execution-sdk-js';
import { Hono, type Context } from 'hono';

import type { Engine } from './engine.ts';
import { errorSchema, type ExecutionRecord } from './execution-record.ts';
import { ServiceError } from './service-error.ts';
import { checkpointSchema } from './lambda-wire.ts';

/**
 * The part of Lambda's API that durable executions need, in the wire format that `@aws-sdk/client-lambda` speaks
 * (REST with JSON; timestamps are seconds since 1970). Credentials are not looked at.
 */
export function createLambdaApi(engine: Engine): Hono {
  const api = new Hono();
  api.onError((error, context) => answerError(context, error));
  api.notFound((context) => answerError(context, new ServiceError('ResourceNotFoundException', context.req.path)));

  api.post('/2015-03-31/functions/:function/invocations', async (context) => {
    const { name, qualifier } = functionOf(context);
    if (qualifier === undefined) {
      const detail = 'You cannot invoke a durable function using an unqualified ARN.';
      throw new ServiceError('InvalidParameterValueException', detail);
    }
    if (context.req.header('X-Amz-Invocation-Type') !== 'Event') {
      const detail = 'This engine starts executions with the invocation type Event only.';
      throw new ServiceError('InvalidParameterValueException', detail);
    }
    const executionName = context.req.header('X-Amz-Durable-Execution-Name') ?? crypto.randomUUID();
    const payload = (await context.req.text()) || '{}';
    const { arn } = await engine.start({ functionName: name, executionName, payload });
    return context.body(null, 202, { 'X-Amz-Durable-Execution-Arn': arn });
  });

  api.get('/2025-12-01/functions/:function/durable-executions', (context) => listExecutions(engine, context));

  api.get('/2025-12-01/durable-executions/:arn', (context) => context.json(describe(find(engine, context))));

  api.post('/2025-12-01/durable-executions/:arn/stop', async (context) => {
    const text = await context.req.text();
    const error = text === '' ? undefined : errorSchema.parse(JSON.parse(text));
    const { functionName, executionName } = find(engine, context);
    const { endedAt } = await engine.stop(functionName, executionName, error);
    return context.json({ StopTimestamp: seconds(endedAt) });
  });

  api.post('/2025-12-01/durable-executions/:arn/checkpoint', async (context) => {
    const request = checkpointSchema.parse(await context.req.json());
    const DurableExecutionArn = context.req.param('arn');
    const answer = await engine.client.checkpoint({ ...request, DurableExecutionArn });
    const Operations = answer.NewExecutionState?.Operations?.map(wireOperation);
    return context.json({ ...answer, NewExecutionState: { Operations } });
  });

  api.get('/2025-12-01/durable-executions/:arn/state', async (context) => {
    const { CheckpointToken, Marker, MaxItems } = context.req.query();
    const DurableExecutionArn = context.req.param('arn');
    const page = { CheckpointToken, Marker, MaxItems: MaxItems === undefined ? undefined : Number(MaxItems) };
    const { Operations, NextMarker } = await engine.client.getExecutionState({ DurableExecutionArn, ...page });
    return context.json({ Operations: Operations?.map(wireOperation), NextMarker });
  });

  return api;
}

function listExecutions(engine: Engine, context: Context): Response {
  const { name } = functionOf(context);
  const executionName = context.req.query('DurableExecutionName');
  const statuses = context.req.queries('Statuses');
  const found = engine
    .executions()
    .filter((execution) => execution.functionName === name)
    .filter((execution) => executionName === undefined || execution.executionName === executionName)
    .filter((execution) => statuses === undefined || statuses.includes(execution.status))
    .toReversed();
  const begin = Number(context.req.query('Marker') ?? 0);
  const end = begin + Number(context.req.query('MaxItems') ?? 100);
  return context.json({
    DurableExecutions: found.slice(begin, end).map(summarise),
    NextMarker: end < found.length ? String(end) : undefined,
  });
}

function find(engine: Engine, context: Context): ExecutionRecord {
  const arn = context.req.param('arn');
  const execution = engine.executions().find((candidate) => candidate.arn === arn);
  if (execution === undefined) {
    throw new ServiceError('ResourceNotFoundException', `Durable execution not found: ${arn}`);
  }
  return execution;
}

function summarise(execution: ExecutionRecord): object {
  return {
    DurableExecutionArn: execution.arn,
    DurableExecutionName: execution.executionName,
    FunctionArn: execution.arn.replace(/\/durable-execution\/.*$/, ''),
    Status: execution.status,
    StartTimestamp: seconds(execution.startedAt),
    EndTimestamp: seconds(execution.endedAt),
  };
}

function describe(execution: ExecutionRecord): object {
  const { payload, result, error } = execution;
  return { ...summarise(execution), InputPayload: payload, Result: result, Error: error, Version: '1' };
}

/** `my-function:alias`, an ARN with or without a qualifier, or a name with the qualifier in the query. */
function functionOf(context: Context): { name: string; qualifier: string | undefined } {
  const text = context.req.param('function') ?? '';
  const [, name = '', suffix] = /^(?:.*:function:)?([^:]+)(?::([^:]+))?$/.exec(text) ?? [];
  return { name, qualifier: suffix ?? context.req.query('Qualifier') };
}

function wireOperation(operation: WireOperation): object {
  const { StartTimestamp, EndTimestamp, StepDetails, WaitDetails } = operation;
  return {
    ...operation,
    StartTimestamp: seconds(StartTimestamp),
    EndTimestamp: seconds(EndTimestamp),
    StepDetails: StepDetails && { ...StepDetails, NextAttemptTimestamp: seconds(StepDetails.NextAttemptTimestamp) },
    WaitDetails: WaitDetails && { ScheduledEndTimestamp: seconds(WaitDetails.ScheduledEndTimestamp) },
  };
}

function seconds(time: number | string | Date | undefined): number | undefined {
  return time === undefined ? undefined : new Date(time).getTime() / 1000;
}

/** The SDK takes the error's name from the header and its text from the body. */
function answerError(context: Context, thrown: unknown): Response {
  const error =
    thrown instanceof ServiceError
      ? thrown
      : new ServiceError('ServiceException', thrown instanceof Error ? thrown.message : String(thrown));
  const body = { Type: error.name, Message: error.message, message: error.message };
  const headers = { 'Content-Type': 'application/json', 'X-Amzn-ErrorType': error.name };
  return new Response(JSON.stringify(body), { status: error.$metadata.httpStatusCode, headers });
}
