import {
  GetDurableExecutionCommand,
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  StopDurableExecutionCommand,
} from '@aws-sdk/client-lambda';
import { DurableExecutionApiClient, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from 'vitest';

import { createEngine } from '../../../sandbox/engine/engine.ts';
import { withErrorScopes } from '../../../src/adapters/durable-execution-client.ts';
import { engineFor, gate, temporaryDirectory } from './engine-fixture.ts';
import { lambdaOf } from './lambda-api-fixture.ts';

const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:job';

function invoke(client: LambdaClient, input: Partial<InvokeCommandInput> = {}): ReturnType<typeof invoked> {
  return invoked(client, input);
}

function invoked(client: LambdaClient, input: Partial<InvokeCommandInput>) {
  return client.send(
    new InvokeCommand({
      FunctionName: `${arn}:live`,
      InvocationType: 'Event',
      DurableExecutionName: 'one',
      Payload: new TextEncoder().encode('{"a":1}'),
      ...input,
    }),
  );
}

describe('Invoke', () => {
  it('starts an execution and answers 202 with its ARN', async () => {
    const engine = await engineFor(async (event: { a: number }) => event.a);
    const client = await lambdaOf(engine);

    const answer = await invoke(client);

    const execution = await engine.whenEnded('one');
    expect(answer).toMatchObject({ StatusCode: 202, DurableExecutionArn: execution.arn });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', result: '1', payload: '{"a":1}' });
  });

  it.each([`${arn}:live`, 'job:live', '000000000000:function:job:live'])('takes the function as %s', async (name) => {
    const engine = await engineFor(async () => 'done');

    await invoke(await lambdaOf(engine), { FunctionName: name });

    expect(await engine.whenEnded('one')).toMatchObject({ functionName: 'job' });
  });

  it.each([
    ['an unqualified ARN', { FunctionName: arn }, 'InvalidParameterValueException'],
    ['a synchronous invocation', { InvocationType: 'RequestResponse' as const }, 'InvalidParameterValueException'],
    ['an unknown function', { FunctionName: 'other:live' }, 'ResourceNotFoundException'],
    ['a name that is not allowed', { DurableExecutionName: 'a b' }, 'InvalidParameterValueException'],
    ['a body that is not JSON', { Payload: new TextEncoder().encode('{') }, 'InvalidRequestContentException'],
  ])('refuses %s', async (_what, input, name) => {
    const client = await lambdaOf(await engineFor(async () => 'done'));

    await expect(invoke(client, input)).rejects.toMatchObject({ name });
  });

  it('refuses another payload under the same name with 409', async () => {
    const client = await lambdaOf(await engineFor(async () => 'done'));
    await invoke(client);

    const second = invoke(client, { Payload: new TextEncoder().encode('{"a":2}') });

    await expect(second).rejects.toMatchObject({
      name: 'DurableExecutionAlreadyStartedException',
      $metadata: { httpStatusCode: 409 },
    });
  });
});

describe('looking at executions', () => {
  it('finds them by name, newest first, page by page', async () => {
    const engine = await engineFor(async () => 'done');
    const client = await lambdaOf(engine);
    for (const name of ['one', 'two', 'three']) {
      await invoke(client, { DurableExecutionName: name });
      await engine.whenEnded(name);
    }

    const list = new ListDurableExecutionsByFunctionCommand({ FunctionName: arn, MaxItems: 2 });
    const first = await client.send(list);
    const byName = new ListDurableExecutionsByFunctionCommand({ FunctionName: 'job', DurableExecutionName: 'two' });
    const found = await client.send(byName);

    expect(first.DurableExecutions?.map((execution) => execution.DurableExecutionName)).toEqual(['three', 'two']);
    expect(first.NextMarker).toBe('2');
    expect(found.DurableExecutions).toMatchObject([{ Status: 'SUCCEEDED', StartTimestamp: expect.any(Date) }]);
  });

  it('describes one by its ARN', async () => {
    const engine = await engineFor(async () => 'done');
    const client = await lambdaOf(engine);
    const { DurableExecutionArn } = await invoke(client);
    const { startedAt } = await engine.whenEnded('one');

    const execution = await client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));

    expect(execution).toMatchObject({
      DurableExecutionName: 'one',
      Status: 'SUCCEEDED',
      InputPayload: '{"a":1}',
      Result: '"done"',
      StartTimestamp: new Date(startedAt),
    });
  });

  it('knows no other ARN', async () => {
    const client = await lambdaOf(await engineFor(async () => 'done'));
    const get = new GetDurableExecutionCommand({ DurableExecutionArn: `${arn}:1/durable-execution/one/0` });

    await expect(client.send(get)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('StopDurableExecution', () => {
  it('ends an execution with the error that it is given', async () => {
    const engine = await engineFor((_event: object, context) => context.wait('long', { days: 1 }));
    const client = await lambdaOf(engine);
    const { DurableExecutionArn } = await invoke(client);

    const Error = { ErrorMessage: 'not wanted any more' };
    const answer = await client.send(new StopDurableExecutionCommand({ DurableExecutionArn, Error }));

    const { status, error, endedAt } = await engine.whenEnded('one');
    expect({ status, error }).toEqual({ status: 'STOPPED', error: Error });
    expect(answer.StopTimestamp).toEqual(new Date(endedAt ?? 0));
  });
});

describe("the SDK's own transport", () => {
  it('runs a workflow over HTTP, page by page', async () => {
    const ready = gate<LambdaClient>();
    const engine = await createEngine({
      directory: await temporaryDirectory(),
      limits: { pageSize: 2 },
      functions: {
        job: () => async (event, context) => {
          const durableExecutionClient = withErrorScopes(new DurableExecutionApiClient(await ready.promise));
          const handler = withDurableExecution(
            async (_event: object, durable) => {
              const first = await durable.step('first', async () => 1);
              await durable.wait('pause', { seconds: 1 });
              const counted = await durable.waitForCondition('count', async (count: number) => count + 1, {
                initialState: first,
                waitStrategy: (count) =>
                  count < 3 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
              });
              return [first, counted];
            },
            { durableExecutionClient },
          );
          return handler(event, context);
        },
      },
    });
    const client = await lambdaOf(engine);
    ready.resolve(client);

    await invoke(client);

    expect(await engine.whenEnded('one')).toMatchObject({ status: 'SUCCEEDED', result: '[1,3]', invocations: 3 });
  });
});
