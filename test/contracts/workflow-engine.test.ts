import { createLambdaWorkflowEngine } from '../../src/adapters/lambda-workflow-engine.ts';
import { engineFor } from '../sandbox/engine/engine-fixture.ts';
import { lambdaOf } from '../sandbox/engine/lambda-api-fixture.ts';
import { workflowEngineContract } from './workflow-engine.contract.ts';

const functionArns = {
  'bootstrap-cluster': 'arn:aws:lambda:eu-west-1:000000000000:function:job:live',
  'write-ecr-policies': 'arn:aws:lambda:eu-west-1:000000000000:function:other:live',
};

workflowEngineContract("Lambda's API of the sandbox's engine", async () => {
  const given: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const endOf = (operationId: string): PromiseWithResolvers<string> => {
    const end = ends.get(operationId) ?? Promise.withResolvers<string>();
    ends.set(operationId, end);
    return end;
  };
  const engine = await engineFor(async ({ operationId }: { operationId: string }, context) => {
    given.push(operationId);
    const how = await context.step('hold', () => endOf(operationId).promise);
    if (how === 'failed') throw new Error('no');
    return how;
  });
  return {
    workflows: createLambdaWorkflowEngine({ client: await lambdaOf(engine), functionArns }),
    given,
    async end(operationId, how) {
      if (how === 'stopped') await engine.stop('job', operationId);
      endOf(operationId).resolve(how);
      await engine.whenEnded(operationId);
    },
  };
});
