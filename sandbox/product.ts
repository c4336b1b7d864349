import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { fleetTableSchema } from '../src/adapters/fleet-table-schema.ts';
import { readConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';
import { inspectRoutes } from '../src/http/inspect-routes.ts';
import { createApi } from '../src/http/api.ts';
import type { Arrival } from '../src/http/api.ts';
import { apiLog } from '../src/http/api-log.ts';
import type { ApiDependencies, ApiEnv } from '../src/http/route-context.ts';
import { apiRoutes } from '../src/http/routes.ts';
import { createBootstrapHandler } from '../src/lambdas/bootstrap-cluster-handler.ts';
import { createEcrHandler } from '../src/lambdas/write-ecr-policies-handler.ts';
import type { Log } from '../src/log.ts';
import { apiDependencies } from '../src/wiring/api.ts';
import { type AwsClients, clientSettings } from '../src/wiring/aws-clients.ts';
import { bootstrapDependencies, ecrDependencies, inspectDependencies } from '../src/wiring/worker.ts';
import { awsSettings } from './aws-settings.ts';
import { type CrashPoints, noCrashPoints } from './engine/crash-points.ts';
import { createEngine, type Engine, type EngineOptions } from './engine/engine.ts';
import { createLambdaApi } from './engine/lambda-api.ts';
import { listen, type Listening } from './listen.ts';
import { readableAnswer } from './readable-answer.ts';
import { createProductPorts, type ProductPorts } from './product-ports.ts';
import { sweepRepeatedly } from './sweeping.ts';

const localCaller = 'arn:aws:iam::000000000000:user/local';

export interface ProductOptions {
  /** What `src/config.ts` and the AWS SDK would read; the environment of this process is not looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Keeps the engine's executions; one product at a time. */
  readonly directory: string;
  readonly log: Log;
  /** Any free one unless told. */
  readonly port?: number;
  readonly enginePort?: number;
  readonly crashPoints?: CrashPoints;
  /** Puts something between the product and its ports. */
  readonly aroundPorts?: (ports: ProductPorts) => ProductPorts;
  readonly engine?: Pick<EngineOptions, 'now' | 'schedule' | 'limits'>;
  /** Between two sweeps; 0: only `sweep()` sweeps. */
  readonly sweepEveryMs?: number;
}

export interface Product {
  /** Of the API, which asks for no credential. */
  readonly url: string;
  readonly engineUrl: string;
  readonly engine: Engine;
  readonly sweep: () => Promise<void>;
  /** Ends without finishing anything: executions go on with the next product on the same directory. */
  stop(): Promise<void>;
}

/** The product sweeps every minute; nobody wants to wait for that here. */
const defaultSweepEveryMs = 2000;

/** The API, its durable engine and the sweeper in this process, over the real adapters. Makes the table if there is none. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const { log, crashPoints = noCrashPoints } = options;
  const openApiFile = join(import.meta.dirname, '..', 'openapi.yaml');
  const config = readConfig({ FLEET_OPENAPI_FILE: openApiFile, ...options.env });
  // The engine's address is needed before there is an engine: it calls what calls it.
  const engineApi = Promise.withResolvers<ReturnType<typeof createLambdaApi>>();
  const engineServer = await listen(async (request) => (await engineApi.promise).fetch(request), options.enginePort);
  const aws = withEngineAt(engineServer.url, awsSettings(options.env));
  const made = createProductPorts(config, aws, crashPoints);
  const ports = options.aroundPorts?.(made) ?? made;
  try {
    await createTable(config, aws);
    const engine = await openEngine(options, config, ports);
    engineApi.resolve(engineRoutes(engine));
    const deps = apiDependencies(config, ports, log);
    const api = await serveApi({ config, deps, ports, options }).catch(async (error: unknown) => {
      await engine.close();
      throw error;
    });
    const sweeping = sweepRepeatedly(
      { ...deps, ecr: ports.ecr },
      { log, everyMs: options.sweepEveryMs ?? defaultSweepEveryMs },
    );
    return {
      ...{ url: api.url, engineUrl: engineServer.url, engine, sweep: sweeping.sweep },
      async stop() {
        await sweeping.stop();
        await api.close();
        await engine.close();
        await engineServer.close();
      },
    };
  } catch (error) {
    await engineServer.close();
    throw error;
  }
}

function openEngine(options: ProductOptions, config: Config, ports: ProductPorts): Promise<Engine> {
  const { log, crashPoints = noCrashPoints } = options;
  const nameOf = (functionArn: string): string => functionArn.split(':')[6] ?? '';
  const bootstrap = bootstrapDependencies(config, ports, log);
  const ecr = ecrDependencies(ports, log);
  return createEngine({
    ...options.engine,
    directory: join(options.directory, 'executions'),
    crashPoints,
    functions: {
      [nameOf(config.bootstrapFunctionArn)]: (client) => createBootstrapHandler(bootstrap, client),
      [nameOf(config.ecrFunctionArn)]: (client) => createEcrHandler(ecr, client),
    },
    log: (event, fields) => log.info(`engine: ${event}`, fields),
  });
}

/** Lambda's API for durable executions, and `GET /_stats/<operation id>`. */
function engineRoutes(engine: Engine): ReturnType<typeof createLambdaApi> {
  const lambda = createLambdaApi(engine);
  lambda.get('/_stats/:execution', (c) => c.json(engine.stats(c.req.param('execution'))));
  return lambda;
}

interface ApiParts {
  readonly config: Config;
  readonly deps: ApiDependencies;
  readonly ports: ProductPorts;
  readonly options: ProductOptions;
}

function serveApi({ config, deps, ports, options }: ApiParts): Promise<Listening> {
  const { log, crashPoints = noCrashPoints, port } = options;
  const routes = [...apiRoutes(deps), ...inspectRoutes(inspectDependencies(config, ports, log))];
  const api = createApi({ routes, arrivalOf, log: apiLog(log) });
  // The guard looks at the raw path itself, so nothing may answer before it.
  return listen(async (request, env) => {
    const answer = await api.fetch(request, env);
    // The work is done and its answer is on the way: what dies here leaves a caller who does not know.
    if (request.method !== 'GET') await crashPoints.reach(`api.answer:${request.method.toLowerCase()}`);
    return readableAnswer(request, answer);
  }, port);
}

function arrivalOf(c: Context<ApiEnv>): Arrival {
  const { incoming } = c.env as HttpBindings;
  const rawPath = (incoming.url ?? '/').split('?', 1)[0] ?? '/';
  return { rawPath, requestId: randomUUID(), caller: localCaller, pathPrefix: '' };
}

function withEngineAt(url: string, aws: AwsClients): AwsClients {
  return { ...aws, endpoints: { ...aws.endpoints, lambda: url } };
}

async function createTable(config: Config, aws: AwsClients): Promise<void> {
  const client = new DynamoDBClient(clientSettings(aws, 'dynamodb'));
  try {
    await client.send(new CreateTableCommand({ TableName: config.tableName, ...fleetTableSchema }));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  } finally {
    client.destroy();
  }
}
