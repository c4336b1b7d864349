/** One life of the product: API, engine and sweeper over the real adapters, all of whose calls go over one wire. */
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { createEngine, type Engine } from '../../sandbox/engine/engine.ts';
import type { CrashPoints } from '../../sandbox/engine/crash-points.ts';
import { inspectRoutes } from '../../src/http/inspect-routes.ts';
import { createApi } from '../../src/http/api.ts';
import { apiRoutes } from '../../src/http/routes.ts';
import { createBootstrapHandler } from '../../src/lambdas/bootstrap-cluster-handler.ts';
import { createEcrHandler } from '../../src/lambdas/write-ecr-policies-handler.ts';
import { sweepOperations } from '../../src/operations/sweep-operations.ts';
import type { FleetDependencies } from '../support/fleet.ts';
import type { CrashWorld } from './crash-world.ts';
import { currentInvocation, type Wire } from './wire.ts';
import { type LifeDependencies, lifeDependencies } from './life-dependencies.ts';

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

export async function startLife(world: CrashWorld, wire: Wire, careless?: Carelessness): Promise<ProductLife> {
  const time = world.time.forLife(() => wire.isDead);
  const made = lifeDependencies({ world, wire, time }, () => engine);
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
