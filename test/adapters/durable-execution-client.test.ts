import { type DurableExecutionClient, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from 'vitest';

import { withErrorScopes } from '../../src/adapters/durable-execution-client.ts';

const request = { DurableExecutionArn: 'arn', CheckpointToken: 'token' };

/** A transport that answers every call with one error, shaped as the AWS SDK shapes it. */
function failing(name: string, message: string, httpStatusCode?: number): DurableExecutionClient {
  const error = Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
  return { checkpoint: () => Promise.reject(error), getExecutionState: () => Promise.reject(error) };
}

const failures = [
  ['a stale token', failing('InvalidParameterValueException', 'Invalid checkpoint token', 400), 'INVOCATION'],
  [
    'a stale token in capitals',
    failing('InvalidParameterValueException', 'Invalid Checkpoint Token: x', 400),
    'INVOCATION',
  ],
  [
    'a payload that is too large',
    failing('InvalidParameterValueException', 'STEP output payload size', 400),
    'EXECUTION',
  ],
  ['a missing permission', failing('AccessDeniedException', 'not authorized', 403), 'EXECUTION'],
  ['throttling', failing('TooManyRequestsException', 'Rate exceeded', 429), 'INVOCATION'],
  ['a failure of the service', failing('ServiceException', 'internal', 500), 'INVOCATION'],
  ['a key that is barred', failing('KMSAccessDeniedException', 'no access', 502), 'EXECUTION'],
  ['no answer', failing('TimeoutError', 'socket hang up'), 'INVOCATION'],
] as const;

describe('the transport', () => {
  it.each(failures)('tells that %s has the right reach', async (_what, client, scope) => {
    const scoped = withErrorScopes(client);

    await expect(scoped.checkpoint(request)).rejects.toMatchObject({ scope, isDurableExecutionClientError: true });
    await expect(scoped.getExecutionState(request)).rejects.toMatchObject({ scope });
  });

  it('passes answers through', async () => {
    const answer = { CheckpointToken: 'next', NewExecutionState: { Operations: [] } };
    const page = { Operations: [] };
    const client = withErrorScopes({
      checkpoint: () => Promise.resolve(answer),
      getExecutionState: () => Promise.resolve(page),
    });

    expect(await client.checkpoint(request)).toBe(answer);
    expect(await client.getExecutionState(request)).toBe(page);
  });
});

describe('a workflow on it', () => {
  const event = {
    ...request,
    InitialExecutionState: {
      Operations: [
        {
          Id: 'execution',
          Type: 'EXECUTION' as const,
          Status: 'STARTED' as const,
          StartTimestamp: '2026-05-01T10:00:00Z',
          ExecutionDetails: { InputPayload: '{}' },
        },
      ],
    },
  };

  function invoke(durableExecutionClient: DurableExecutionClient): Promise<unknown> {
    const handler = withDurableExecution((_event: object, context) => context.step('one', async () => 1), {
      durableExecutionClient,
    });
    return handler(event, { awsRequestId: 'request', getRemainingTimeInMillis: () => 60_000 });
  }

  it('gives up its invocation, and not the execution, when its token is stale', async () => {
    const stale = failing('InvalidParameterValueException', 'Invalid checkpoint token', 400);

    await expect(invoke(withErrorScopes(stale))).rejects.toThrow('Invalid checkpoint token');
    expect(await invoke(stale)).toMatchObject({ Status: 'FAILED' });
  });

  it('fails the execution when the service does not take its result', async () => {
    const tooLarge = failing('InvalidParameterValueException', 'STEP output payload size must be less', 400);

    expect(await invoke(withErrorScopes(tooLarge))).toMatchObject({ Status: 'FAILED' });
  });
});
