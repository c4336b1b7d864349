/** One life of the product: API, engine and sweeper over the real adapters, all of whose calls go over one wire. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { createEngine, type Engine } from '../../sandbox/engine/engine.ts';
import type { CrashPoints } from '../../sandbox/engine/crash-points.ts';
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
import { inspectRoutes } from '../../src/http/inspect-routes.ts';
import { createApi } from '../../src/http/api.ts';
import { apiRoutes } from '../../src/http/routes.ts';
import { createBootstrapHandler } from '../../src/lambdas/bootstrap-cluster-handler.ts';
import { createEcrHandler } from '../../src/lambdas/write-ecr-policies-handler.ts';
import { sweepOperations } from '../../src/operations/sweep-operations.ts';
import type { EksAccess } from '../../src/ports/eks-access.ts';
import type { RequestBudget } from '../../src/ports/request-budget.ts';
import type { FleetDependencies } from '../support/fleet.ts';
import { provider } from '../support/aws-simulators.ts';
import { askHono, awsHandler } from './aws-handler.ts';
import { clientBasics, tableName, type CrashWorld } from './crash-world.ts';
import { gitHostName } from './outside.ts';
import { unverifiedSigner } from './table-store.ts';
import type { LifeTime } from './virtual-time.ts';
import { currentInvocation, type Wire } from './wire.ts';

export type LifeDependencies = FleetDependencies & EcrDependencies;

/** A step that somebody wrote carelessly. */
export type Carelessness = (deps: LifeDependencies, world: CrashWorld, wire: Wire) => LifeDependencies;

export interface ProductLife {
  readonly wire: Wire;
  readonly engine: Engine;
  /** Something is at work, so that no time passes. */
  isBusy(): boolean;
  /** While somebody only waits, for a while or to be told something: as long as it stays the same, nothing is done. */
  standstill(): string | undefined;
  /** How each invocation came to its end, in that order. */
  readonly ended: readonly EndedInvocation[];
  /** Never settles once the life has ended. */
  ask(method: string, path: string, options?: { body?: unknown; headers?: Record<string, string> }): Promise<Response>;
  sweep(): void;
}

export type EndedInvocation = { readonly status: string } | { readonly thrown: string };

const functionArns = {
  'bootstrap-cluster': 'arn:aws:lambda:eu-west-1:000000000000:function:bootstrap:live',
  'write-ecr-policies': 'arn:aws:lambda:eu-west-1:000000000000:function:ecr:live',
};

export async function startLife(world: CrashWorld, wire: Wire, careless?: Carelessness): Promise<ProductLife> {
  const time = world.time.forLife(() => wire.isDead);
  const made = dependenciesOf({ world, wire, time }, () => engine);
  const deps = careless?.(made, world, wire) ?? made;
  const ended: EndedInvocation[] = [];
  let atWork = 0;

  /** What never settles because the life has ended keeps nobody waiting: nobody asks a dead life whether it is busy. */
  async function counted<T>(work: () => Promise<T>): Promise<T> {
    atWork += 1;
    try {
      return await work();
    } finally {
      atWork -= 1;
    }
  }

  function watched(handler: DurableLambdaHandler): DurableLambdaHandler {
    const noted = noting(handler, ended);
    return (event, context) => counted(() => noted(event, context));
  }

  const engine = await createEngine({
    directory: mortalStore(world, wire),
    crashPoints: checkpointsOf(wire),
    functions: {
      bootstrap: (client) => watched(createBootstrapHandler(deps, client)),
      ecr: (client) => watched(createEcrHandler(deps, client)),
    },
    log: (event, fields) => void world.logged.push({ event, ...fields }),
    now: time.now,
    schedule: time.schedule,
  });
  const api = apiOf(deps, world);

  return {
    wire,
    engine,
    // What an invocation leaves behind that has ended may still be on its way.
    isBusy: () => atWork > wire.asleep || wire.underWay > 0,
    standstill() {
      const isWaiting = wire.underWay === 0 && wire.listening + time.sleeping() > 0;
      return isWaiting ? `${wire.calls.length} ${wire.done}` : undefined;
    },
    ended,
    ask: (method, path, { body, headers = {} } = {}) =>
      counted(async () => {
        const json = body === undefined ? {} : { body: JSON.stringify(body) };
        const type = body === undefined ? {} : { 'content-type': 'application/json' };
        const answer = await api.request(path, { method, headers: { ...type, ...headers }, ...json });
        if (wire.isDead) await new Promise(() => undefined);
        world.answers.push(await answer.clone().text());
        return answer;
      }),
    sweep() {
      void counted(async () => {
        await sweepOperations(deps).catch((error: unknown) => world.logged.push({ sweep: String(error) }));
      });
    },
  };
}

/** Each invocation is known by its calls, and by its end. */
function noting(handler: DurableLambdaHandler, ended: EndedInvocation[]): DurableLambdaHandler {
  return (event, context) =>
    currentInvocation.run({}, async () => {
      try {
        const answer = await handler(event, context);
        ended.push({ status: answer.Status });
        return answer;
      } catch (error) {
        ended.push({ thrown: String(error) });
        throw error;
      }
    });
}

/** A dead process writes nothing; what it had begun to write is whole or not there. */
function mortalStore(world: CrashWorld, wire: Wire) {
  return {
    load: () => world.executions.load(),
    async save(record: Parameters<CrashWorld['executions']['save']>[0]) {
      if (wire.isDead) await new Promise(() => undefined);
      await world.executions.save(record);
    },
  };
}

function checkpointsOf(wire: Wire): CrashPoints {
  return {
    claim: () => false,
    async reach(name) {
      if (name === 'engine.checkpoint:before') await wire.reach('checkpoint', 'before');
      if (name === 'engine.checkpoint:after') await wire.reach('checkpoint', 'after');
    },
  };
}

interface Surroundings {
  readonly world: CrashWorld;
  readonly wire: Wire;
  readonly time: LifeTime;
}

function dependenciesOf({ world, wire, time: { sleep } }: Surroundings, engine: () => Engine): LifeDependencies {
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

const caller = 'arn:aws:iam::999988887777:role/operator';

function apiOf(deps: FleetDependencies, world: CrashWorld) {
  let lastRequest = 0;
  return createApi({
    routes: [...apiRoutes(deps), ...inspectRoutes(deps)],
    log: { answered: (fields) => void world.logged.push(fields), failed: (fields) => void world.logged.push(fields) },
    arrivalOf(c) {
      lastRequest += 1;
      const rawPath = new URL(c.req.url).pathname;
      return { rawPath, requestId: `request-${lastRequest}`, caller, pathPrefix: '' };
    },
  });
}
