/**
 * The API and its engine in one process on this machine. Settings: the `FLEET_…` and `AWS_…` variables of `src/config.ts`.
 *
 *   node sandbox/api-server.ts --port 8080 --engine-port 8081 --data DIR
 *
 * The API asks for no credential; its caller is always `arn:aws:iam::000000000000:user/local`. DIR keeps the engine's
 * executions (`DIR/executions`) and the crash points that a test arms (`DIR/crash-points/armed/<name>`). The table is
 * made if there is none. `GET <engine>/_stats/<operation id>` tells what the execution has used.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { serve } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { fleetTableSchema } from '../src/adapters/fleet-table-schema.ts';
import { readConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';
import { createBootstrapHandler } from '../src/lambdas/bootstrap-cluster-handler.ts';
import { inspectRoutes } from '../src/flux-bootstrap/inspect.routes.ts';
import { createApi } from '../src/http/api.ts';
import type { Arrival } from '../src/http/api.ts';
import { apiLog } from '../src/http/api-log.ts';
import { apiRoutes } from '../src/http/routes.ts';
import type { ApiEnv } from '../src/http/route-context.ts';
import { createLog } from '../src/log.ts';
import type { Log } from '../src/log.ts';
import { isQuiet, sweepOperations } from '../src/operations/sweep-operations.ts';
import { apiDependencies } from '../src/wiring/api.ts';
import { createOutsidePorts } from '../src/wiring/outside.ts';
import type { OutsidePorts } from '../src/wiring/outside.ts';
import { createTablePorts } from '../src/wiring/table.ts';
import type { TablePorts } from '../src/wiring/table.ts';
import { bootstrapDependencies, inspectDependencies } from '../src/wiring/worker.ts';
import { createCrashPoints, withCrashPoints } from './engine/crash-points.ts';
import type { CrashPoints } from './engine/crash-points.ts';
import { createEngine } from './engine/engine.ts';
import { createLambdaApi } from './engine/lambda-api.ts';

const localCaller = 'arn:aws:iam::000000000000:user/local';
/** The product sweeps every minute; nobody wants to wait for that here. */
const sweepEveryMs = 2000;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, 'engine-port': { type: 'string' }, data: { type: 'string' } },
  });
  const data = values.data ?? '.data';
  const log = createLog();
  const config = readConfig({ FLEET_OPENAPI_FILE: join(import.meta.dirname, '..', 'openapi.yaml'), ...process.env });
  const crashPoints = createCrashPoints(join(data, 'crash-points'));
  const ports = breakable({ ...createTablePorts(config), ...createOutsidePorts(config) }, crashPoints);
  await createTable(config);
  await startEngine({
    config,
    ports,
    log,
    crashPoints,
    directory: join(data, 'executions'),
    port: Number(values['engine-port'] ?? 8081),
  });
  const deps = apiDependencies(config, ports, log);
  const routes = [...apiRoutes(deps), ...inspectRoutes(inspectDependencies(config, ports, log))];
  const api = createApi({ routes, arrivalOf, log: apiLog(log) });
  await listen({
    port: Number(values.port ?? 8080),
    async fetch(request, env) {
      const answer = await api.fetch(request, env);
      // The work is done and its answer is on the way: what dies here leaves a caller who does not know.
      if (request.method !== 'GET') await crashPoints.reach(`api.answer:${request.method.toLowerCase()}`);
      return answer;
    },
  });
  sweepForever(deps, log);
  log.info('listening', { api: Number(values.port ?? 8080) });
}

interface Listening {
  readonly port: number;
  readonly fetch: (request: Request, env: HttpBindings) => Promise<Response>;
}

function listen({ port, fetch }: Listening): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // The guard looks at the raw path itself, so nothing may answer before it.
  serve({ port, hostname: '127.0.0.1', fetch: (request, env) => fetch(request, env as HttpBindings) }, () => resolve());
  return promise;
}

interface EngineStart {
  readonly config: Config;
  readonly ports: Ports;
  readonly log: Log;
  readonly crashPoints: CrashPoints;
  readonly directory: string;
  readonly port: number;
}

async function startEngine({ config, ports, log, crashPoints, directory, port }: EngineStart): Promise<void> {
  const functionName = config.bootstrapFunctionArn.split(':')[6] ?? '';
  const deps = bootstrapDependencies(config, ports, log);
  const engine = await createEngine({
    directory,
    crashPoints,
    functions: { [functionName]: (client) => createBootstrapHandler(deps, client) },
    log: (event, fields) => log.info(`engine: ${event}`, fields),
  });
  const lambda = createLambdaApi(engine);
  lambda.get('/_stats/:execution', (c) => c.json(engine.stats(c.req.param('execution'))));
  await listen({ port, fetch: async (request) => lambda.fetch(request) });
}

type Ports = TablePorts & OutsidePorts;

/** Every call over a port gets a point before and one after it, named `<port>.<method>:before|after`. */
function breakable(ports: Ports, points: CrashPoints): Ports {
  const eks = withCrashPoints('eks', ports.eks, points);
  return {
    registry: withCrashPoints('registry', ports.registry, points),
    operations: withCrashPoints('operations', ports.operations, points),
    events: withCrashPoints('events', ports.events, points),
    engine: withCrashPoints('workflow-engine', ports.engine, points),
    distributions: ports.distributions,
    gitHosts: new Map([...ports.gitHosts].map(([name, host]) => [name, withCrashPoints('git-host', host, points)])),
    eks: {
      describeCluster: (target, signal) => eks.describeCluster(target, signal),
      findAccessEntry: (target, signal) => eks.findAccessEntry(target, signal),
      ensureAccessEntry: (target, signal) => eks.ensureAccessEntry(target, signal),
      connect: (target, cluster) => withCrashPoints('kubernetes', ports.eks.connect(target, cluster), points),
    },
  };
}

function arrivalOf(c: Context<ApiEnv>): Arrival {
  const { incoming } = c.env as HttpBindings;
  const rawPath = (incoming.url ?? '/').split('?', 1)[0] ?? '/';
  return { rawPath, requestId: randomUUID(), caller: localCaller, pathPrefix: '' };
}

async function createTable(config: Config): Promise<void> {
  const client = new DynamoDBClient();
  try {
    await client.send(new CreateTableCommand({ TableName: config.tableName, ...fleetTableSchema }));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  } finally {
    client.destroy();
  }
}

function sweepForever(deps: Parameters<typeof sweepOperations>[0], log: Log): void {
  const sweep = async () => {
    try {
      const report = await sweepOperations(deps);
      if (!isQuiet(report)) log.warn('sweeper found work', { ...report });
    } catch (error) {
      log.error('sweep failed', { error });
    }
    setTimeout(() => void sweep(), sweepEveryMs);
  };
  void sweep();
}
