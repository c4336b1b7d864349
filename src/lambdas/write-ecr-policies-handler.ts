import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { DurableExecutionClient, DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { withErrorScopes } from '../adapters/durable-execution-client.ts';
import type { EcrDependencies } from '../ecr-access/ecr-job.ts';
import { createEcrSteps } from '../ecr-access/write-ecr-policies.steps.ts';
import { writeEcrPolicies } from '../ecr-access/write-ecr-policies.workflow.ts';
import { operationIdOf } from './payload.ts';

/** The durable function that writes policies; its payload is the operation's id and nothing else. */
export function createEcrHandler(deps: EcrDependencies, client: DurableExecutionClient): DurableLambdaHandler {
  const steps = createEcrSteps(deps);
  return withDurableExecution((event, context) => writeEcrPolicies(context, steps, operationIdOf(event)), {
    durableExecutionClient: withErrorScopes(client),
  });
}
