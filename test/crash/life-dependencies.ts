/** What one life of the product is given: the real adapters, all of whose calls go over one wire. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Engine } from '../../sandbox/engine/engine.ts';
import { createAwsServices } from '../../sandbox/aws-app.ts';
import { createLambdaApi } from '../../sandbox/engine/lambda-api.ts';
import { createDynamoEcrRepositories } from '../../src/adapters/dynamodb-ecr-repositories.ts';
import { createDynamoEvents } from '../../src/adapters/dynamodb-events.ts';
import { createDynamoOperations } from '../../src/adapters/dynamodb-operations.ts';
import { createDynamoRegistry } from '../../src/adapters/dynamodb-registry.ts';
import { createDynamoRequestBudget } from '../../src/adapters/dynamodb-request-budget.ts';
import { createEcrRegistry } from '../../src/adapters/ecr-registry.ts';
import { createEksAccess } from '../../src/adapters/eks-access.ts';
import { createFleetTable, type FleetTable } from '../../src/adapters/fleet-table.ts';
import { createIamPolicies } from '../../src/adapters/iam-policies.ts';
import { createLambdaWorkflowEngine } from '../../src/adapters/lambda-workflow-engine.ts';
import type { Pause } from '../../src/adapters/pause.ts';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import type { EcrDependencies } from '../../src/ecr-access/ecr-job.ts';
import type { EksAccess } from '../../src/ports/eks-access.ts';
import type { RequestBudget } from '../../src/ports/request-budget.ts';
import type { FleetDependencies } from '../support/fleet.ts';
import { provider } from '../support/aws-simulators.ts';
import { askHono, awsHandler } from './aws-handler.ts';
import { clientBasics, tableName, type CrashWorld } from './crash-world.ts';
import { gitHostName } from './outside.ts';
import { unverifiedSigner } from './table-store.ts';
import type { LifeTime } from './virtual-time.ts';
import type { Wire } from './wire.ts';

export type LifeDependencies = FleetDependencies & EcrDependencies;

const functionArns = {
  'bootstrap-cluster': 'arn:aws:lambda:eu-west-1:000000000000:function:bootstrap:live',
  'write-ecr-policies': 'arn:aws:lambda:eu-west-1:000000000000:function:ecr:live',
};

interface LifeSurroundings {
  readonly world: CrashWorld;
  readonly wire: Wire;
  readonly time: LifeTime;
}

export function lifeDependencies(
  { world, wire, time: { sleep } }: LifeSurroundings,
  engine: () => Engine,
): LifeDependencies {
  const { clusters, time } = world;
  const table = fleetTable(world, wire);
  const lambda = new LambdaClient({
    ...clientBasics,
    requestHandler: awsHandler('lambda', wire, (request, url) => askHono(createLambdaApi(engine()), request, url)),
  });
  return {
    registry: createDynamoRegistry(table),
    operations: createDynamoOperations(table),
    events: createDynamoEvents(table),
    repositories: createDynamoEcrRepositories(table, { now: () => new Date(time.now()) }),
    engine: createLambdaWorkflowEngine({ client: lambda, functionArns }),
    eks: eksAccess(world, wire, sleep),
    ecr: createEcrRegistry({ ...intoAccounts(world, wire), ecrEndpoint: clientBasics.endpoint }),
    iam: createIamPolicies({ ...intoAccounts(world, wire), iamEndpoint: clientBasics.endpoint }),
    gitHosts: new Map([[gitHostName, world.github.gitHost(wire, requestBudget(world, wire))]]),
    gitHostNames: [gitHostName],
    distributions: { load: async () => ({ kind: 'loaded', distribution: clusters.distribution }) },
    keyPairs: {
      generate() {
        const pair = generateKeyPair();
        world.privateKeys.push(pair.privateKeyPem);
        return pair;
      },
    },
    roleName: 'fleet-api',
    trustedPrincipalArn: provider.arn,
    openApiDocument: async () => 'openapi: 3.1.0',
    reachesPrivateEndpoints: false,
    now: time.now,
    async pause(milliseconds) {
      time.advance(milliseconds);
    },
    randomId: world.nextId,
    onStartFailed: (operationId, error) => void world.logged.push({ operationId, error: String(error) }),
    onUnexpected: (operationId, error) => void world.logged.push({ operationId, error: String(error) }),
    onEnded: ({ id }, ending) => void world.logged.push({ operationId: id, ending }),
  };
}

function fleetTable({ tableStore }: CrashWorld, wire: Wire): FleetTable {
  const requestHandler = awsHandler('dynamodb', wire, tableStore);
  const client = { ...clientBasics, requestHandler, signer: unverifiedSigner };
  return createFleetTable({ tableName, client });
}

/** Of requests to GitHub, over the fleet's table. */
export function requestBudget(world: CrashWorld, wire: Wire): RequestBudget {
  return createDynamoRequestBudget(fleetTable(world, wire), { now: world.time.now, randomBelow: () => 0 });
}

/** The way into customers' accounts and clusters. */
export function eksAccess(world: CrashWorld, wire: Wire, pause: Pause): EksAccess {
  return createEksAccess({
    ...intoAccounts(world, wire),
    ...{ eksEndpoint: clientBasics.endpoint, propagationPauseMs: 1 },
    ...{ kubernetesDispatcher: world.clusters.dispatcherOver(wire), pause },
  });
}

function intoAccounts({ aws }: CrashWorld, wire: Wire) {
  const services = createAwsServices(aws);
  return {
    ...{ credentials: clientBasics.credentials, stsEndpoint: clientBasics.endpoint },
    requestHandler: awsHandler('customer', wire, (request, url) => askHono(services, request, url)),
  };
}
