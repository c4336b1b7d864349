import {
  type Execution,
  ExecutionStatus,
  GetDurableExecutionCommand,
  InvokeCommand,
  type LambdaClient,
  ListDurableExecutionsByFunctionCommand,
} from '@aws-sdk/client-lambda';

import { toOutsideCallError } from './aws-call-errors.ts';
import type { ExecutionState, WorkflowEngine, WorkflowName } from '../ports/workflow-engine.ts';

export interface LambdaWorkflowEngineOptions {
  readonly client: LambdaClient;
  /** With an alias or a version: Lambda refuses to start a durable function by an unqualified ARN. */
  readonly functionArns: Readonly<Record<WorkflowName, string>>;
}

interface ExecutionKey {
  readonly workflow: WorkflowName;
  readonly operationId: string;
}

/** Lambda durable functions as the engine: an execution is named after its operation and given nothing but its id. */
export function createLambdaWorkflowEngine(options: LambdaWorkflowEngineOptions): WorkflowEngine {
  const { client, functionArns } = options;

  /** All versions of the function: an execution stays on the one that it began with, wherever the alias points now. */
  async function find(
    { workflow, operationId }: ExecutionKey,
    abortSignal: AbortSignal,
  ): Promise<Execution | undefined> {
    const command = new ListDurableExecutionsByFunctionCommand({
      FunctionName: unqualified(functionArns[workflow]),
      DurableExecutionName: operationId,
    });
    const { DurableExecutions = [] } = await client.send(command, { abortSignal });
    return DurableExecutions.find(({ DurableExecutionName }) => DurableExecutionName === operationId);
  }

  /** After `DurableExecutionAlreadyStartedException`, which the service means for another payload only. */
  async function isOurs(key: ExecutionKey, abortSignal: AbortSignal): Promise<boolean> {
    const found = await find(key, abortSignal);
    const command = new GetDurableExecutionCommand({ DurableExecutionArn: found?.DurableExecutionArn });
    return found !== undefined && (await client.send(command, { abortSignal })).InputPayload === payloadOf(key);
  }

  return {
    async start(key, signal) {
      const attempted = `start ${key.workflow} ${key.operationId}`;
      const command = new InvokeCommand({
        FunctionName: functionArns[key.workflow],
        InvocationType: 'Event',
        DurableExecutionName: key.operationId,
        Payload: new TextEncoder().encode(payloadOf(key)),
      });
      await translated(attempted, async () => {
        try {
          await client.send(command, { abortSignal: signal });
        } catch (error) {
          if (!isNamed(error, 'DurableExecutionAlreadyStartedException') || !(await isOurs(key, signal))) {
            throw error;
          }
        }
      });
    },

    describe: (key, signal) =>
      translated(`describe ${key.workflow} ${key.operationId}`, async () => stateOf((await find(key, signal))?.Status)),
  };
}

function payloadOf({ operationId }: ExecutionKey): string {
  return JSON.stringify({ operationId });
}

/** `arn:aws:lambda:region:account:function:name:alias` without its alias; a plain `name:alias` likewise. */
function unqualified(functionArn: string): string {
  const parts = functionArn.split(':');
  return parts.length === 1 || parts.length === 7 ? functionArn : parts.slice(0, -1).join(':');
}

const states = {
  [ExecutionStatus.RUNNING]: 'running',
  [ExecutionStatus.SUCCEEDED]: 'succeeded',
  [ExecutionStatus.FAILED]: 'failed',
  [ExecutionStatus.STOPPED]: 'stopped',
  [ExecutionStatus.TIMED_OUT]: 'timed-out',
} as const satisfies Record<ExecutionStatus, ExecutionState>;

function stateOf(status: ExecutionStatus | undefined): ExecutionState {
  return status === undefined ? 'unknown' : states[status];
}

async function translated<T>(attempted: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toOutsideCallError(error, { system: 'workflow-engine', attempted });
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
