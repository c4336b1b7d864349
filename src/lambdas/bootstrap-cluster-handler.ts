import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { DurableExecutionClient, DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { withErrorScopes } from '../adapters/durable-execution-client.ts';
import { createBootstrapSteps } from '../flux-bootstrap/bootstrap-cluster.steps.ts';
import { bootstrapCluster } from '../flux-bootstrap/bootstrap-cluster.workflow.ts';
import type { BootstrapDependencies } from '../flux-bootstrap/bootstrap-job.ts';
import { operationIdOf } from './payload.ts';

/** The durable function; its payload is the operation's id and nothing else. */
export function createBootstrapHandler(
  deps: BootstrapDependencies,
  client: DurableExecutionClient,
): DurableLambdaHandler {
  const steps = createBootstrapSteps(deps);
  return withDurableExecution((event, context) => bootstrapCluster(context, steps, operationIdOf(event)), {
    durableExecutionClient: withErrorScopes(client),
  });
}
