import { describe, expect, it } from 'vitest';

import type { Engine } from '../../sandbox/engine/engine.ts';
import { ServiceError } from '../../sandbox/engine/service-error.ts';
import { createLambdaWorkflowEngine } from '../../src/adapters/lambda-workflow-engine.ts';
import type { WorkflowEngine } from '../../src/ports/workflow-engine.ts';
import { engineFor, gate } from '../sandbox/engine/engine-fixture.ts';
import { lambdaClient, lambdaOf, serveOnFreePort } from '../sandbox/engine/lambda-api-fixture.ts';

const functionArns = {
  'bootstrap-cluster': 'arn:aws:lambda:eu-west-1:000000000000:function:job:live',
  'write-ecr-policies': 'arn:aws:lambda:eu-west-1:000000000000:function:other:live',
};
const key = { workflow: 'bootstrap-cluster', operationId: '01JV0000000000000000000000' } as const;

async function workflowEngineOf(engine: Engine): Promise<WorkflowEngine> {
  return createLambdaWorkflowEngine({ client: await lambdaOf(engine), functionArns });
}

/** An adapter whose Lambda answers every request alike. */
async function workflowEngineAnswered(answer: () => Response): Promise<WorkflowEngine> {
  return createLambdaWorkflowEngine({ client: lambdaClient(await serveOnFreePort(answer)), functionArns });
}

function refused(status: number, name: string): () => Response {
  const headers = { 'Content-Type': 'application/json', 'X-Amzn-ErrorType': name };
  return () => new Response(JSON.stringify({ Message: 'the reason' }), { status, headers });
}

function signal(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

describe('start', () => {
  it("starts the execution named after the operation, with the operation's id and nothing else", async () => {
    const engine = await engineFor(async () => 'done');

    await (await workflowEngineOf(engine)).start(key, signal());

    expect(engine.executions()).toMatchObject([
      { executionName: key.operationId, payload: `{"operationId":"${key.operationId}"}` },
    ]);
  });

  it('is refused when the name was taken with another payload', async () => {
    const engine = await engineFor(async () => 'done');
    await engine.start({ functionName: 'job', executionName: key.operationId, payload: '{}' });

    const start = (await workflowEngineOf(engine)).start(key, signal());

    await expect(start).rejects.toMatchObject({ system: 'workflow-engine', failure: 'rejected', status: 409 });
  });

  it('succeeds when the service refuses the name although the payload is ours', async () => {
    const engine = await engineFor(async () => 'done');
    await (await workflowEngineOf(engine)).start(key, signal());
    const refusal = new ServiceError('DurableExecutionAlreadyStartedException', 'It has been started.');
    const refusing = await workflowEngineOf({ ...engine, start: () => Promise.reject(refusal) });

    await expect(refusing.start(key, signal())).resolves.toBeUndefined();
  });
});

describe('a failure', () => {
  it.each([
    [429, 'TooManyRequestsException', 'throttled', true],
    [500, 'ServiceException', 'server-error', true],
    [403, 'AccessDeniedException', 'forbidden', false],
    [403, 'ExpiredTokenException', 'unauthenticated', false],
    [400, 'InvalidParameterValueException', 'rejected', false],
    [404, 'ResourceNotFoundException', 'rejected', false],
  ])('of %i %s is told as %s (retryable: %s)', async (...[status, name, failure, retryable]) => {
    const workflows = await workflowEngineAnswered(refused(status, name));

    await expect(workflows.start(key, signal())).rejects.toMatchObject({
      name: 'OutsideCallError',
      system: 'workflow-engine',
      failure,
      status,
      retryable,
      // What is said of a signature may repeat the request, and with it the session token.
      answer: failure === 'unauthenticated' ? name : `${name}: the reason`,
    });
  });

  it('to connect is told as unreachable', async () => {
    const workflows = createLambdaWorkflowEngine({ client: lambdaClient('http://127.0.0.1:1'), functionArns });

    await expect(workflows.describe(key, signal())).rejects.toMatchObject({ failure: 'unreachable', retryable: true });
  });

  it('to answer in time is told as timeout', async () => {
    const endpoint = await serveOnFreePort(() => gate<Response>().promise);
    const workflows = createLambdaWorkflowEngine({ client: lambdaClient(endpoint), functionArns });
    const aborted = new AbortController();

    const start = workflows.start(key, aborted.signal);
    aborted.abort();

    await expect(start).rejects.toMatchObject({ failure: 'timeout' });
  });
});
