import { randomInt } from 'node:crypto';
import { awsAttempts } from '../adapters/aws-attempts.ts';
import { createDynamoEcrRepositories } from '../adapters/dynamodb-ecr-repositories.ts';
import { createDynamoEvents } from '../adapters/dynamodb-events.ts';
import { createDynamoOperations } from '../adapters/dynamodb-operations.ts';
import { createDynamoRegistry } from '../adapters/dynamodb-registry.ts';
import { createDynamoRequestBudget } from '../adapters/dynamodb-request-budget.ts';
import { createFleetTable } from '../adapters/fleet-table.ts';
import type { Config } from '../config.ts';
import type { EcrRepositoryStore } from '../ports/ecr-repositories.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { OperationStore } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import type { RequestBudget } from '../ports/request-budget.ts';
import type { WorkflowEngine } from '../ports/workflow-engine.ts';
import { type AwsClients, clientSettings } from './aws-clients.ts';
import { onFirstUse } from './on-first-use.ts';
import { requestLimits } from './request-limits.ts';

/** Our own side of the world: what is kept, and what runs. */
export interface TablePorts {
  readonly registry: Registry;
  readonly operations: OperationStore;
  readonly repositories: EcrRepositoryStore;
  readonly events: EventLog;
  readonly engine: WorkflowEngine;
  readonly budget: RequestBudget;
}

export function createTablePorts(config: Config, aws: AwsClients = {}): TablePorts {
  const table = createFleetTable({
    tableName: config.tableName,
    client: { maxAttempts: awsAttempts, requestHandler: requestLimits, ...clientSettings(aws, 'dynamodb') },
  });
  const engine = onFirstUse(() => loadEngine(config, aws));
  return {
    registry: createDynamoRegistry(table),
    operations: createDynamoOperations(table),
    repositories: createDynamoEcrRepositories(table, { now: () => new Date() }),
    events: createDynamoEvents(table),
    budget: createDynamoRequestBudget(table, { now: () => new Date(), randomBelow: (limit) => randomInt(limit) }),
    engine: {
      start: async (execution, signal) => (await engine()).start(execution, signal),
      describe: async (execution, signal) => (await engine()).describe(execution, signal),
    },
  };
}

/** Most requests start nothing, so Lambda's client is loaded when it is first needed: it is a fifth of a cold start. */
async function loadEngine(config: Config, aws: AwsClients): Promise<WorkflowEngine> {
  const [{ LambdaClient }, { createLambdaWorkflowEngine }] = await Promise.all([
    import('@aws-sdk/client-lambda'),
    import('../adapters/lambda-workflow-engine.ts'),
  ]);
  return createLambdaWorkflowEngine({
    client: new LambdaClient({
      maxAttempts: awsAttempts,
      requestHandler: requestLimits,
      ...clientSettings(aws, 'lambda'),
    }),
    functionArns: {
      'bootstrap-cluster': config.bootstrapFunctionArn,
      'write-ecr-policies': config.ecrFunctionArn,
    },
  });
}
