import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { DurableExecutionClient, DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import * as z from 'zod';
import { withErrorScopes } from '../adapters/durable-execution-client.ts';
import { createBootstrapSteps } from '../flux-bootstrap/bootstrap-cluster.steps.ts';
import { bootstrapCluster } from '../flux-bootstrap/bootstrap-cluster.workflow.ts';
import type { BootstrapDependencies } from '../flux-bootstrap/bootstrap-job.ts';

const payloadSchema = z.object({ operationId: z.string() });

/** The durable function; its payload is the operation's id and nothing else. */
export function createBootstrapHandler(
  deps: BootstrapDependencies,
  client: DurableExecutionClient,
): DurableLambdaHandler {
  const steps = createBootstrapSteps(deps);
  return withDurableExecution(
    async (event, context) => {
      const { operationId } = payloadSchema.parse(event);
      await bootstrapCluster(context, steps, operationId);
    },
    { durableExecutionClient: withErrorScopes(client) },
  );
}
