import { randomUUID } from 'node:crypto';

import type { DurableExecutionClient, DurableLambdaHandler } from '@aws/durable-execution-sdk-js';

import { type Clock, scheduleByTimer } from './clock.ts';
import { type CrashPoints, noCrashPoints } from './crash-points.ts';
import { defaultLimits, type ExecutionLimits } from './execution-limits.ts';
import { type ExecutionRecord, newExecution, type StoredError } from './execution-record.ts';
import { createExecutionStore, type ExecutionStore } from './execution-store.ts';
import { type EngineLog, Execution } from './execution.ts';
import { ServiceError } from './service-error.ts';

export interface EngineOptions {
  /** Holds the executions' files, or keeps executions elsewhere; one engine at a time. */
  readonly directory: string | ExecutionStore;
  /** By function name; the client is what `withDurableExecution` takes as `durableExecutionClient`. */
  readonly functions: Readonly<Record<string, (client: DurableExecutionClient) => DurableLambdaHandler>>;
  /** Time as the engine sees it. The SDK arms timers of its own by the process's clock while other work runs. */
  readonly now?: () => number;
  /** Goes with `now`: calls later by that clock. */
  readonly schedule?: Clock['schedule'];
  readonly crashPoints?: CrashPoints;
  readonly log?: EngineLog;
  /** Of a whole execution; a day unless told. */
  readonly executionTimeoutSeconds?: number;
  readonly limits?: Partial<ExecutionLimits>;
}

export interface ExecutionStart {
  readonly functionName: string;
  /** At most 64 of `[A-Za-z0-9_-]`. */
  readonly executionName: string;
  /** JSON. */
  readonly payload: string;
}

export interface ExecutionStats {
  /** Distinct operations and retries: what the service counts and charges for. */
  readonly durableOperations: number;
  readonly checkpointedBytes: number;
  readonly invocations: number;
  readonly checkpoints: number;
}

/** The durable execution service for one machine. Refusals are `ServiceError`s with the service's names. */
export interface Engine {
  /**
   * Returns once the execution is on disk. One of the same name and payload is answered as it is, ended or not; of
   * another payload: `DurableExecutionAlreadyStartedException`.
   */
  start(start: ExecutionStart): Promise<ExecutionRecord>;
  describe(functionName: string, executionName: string): ExecutionRecord | undefined;
  /** Ends an execution from outside; code that runs notices with its next checkpoint. */
  stop(functionName: string, executionName: string, error?: StoredError): Promise<ExecutionRecord>;
  /** In the order in which they were started. */
  executions(): readonly ExecutionRecord[];
  stats(executionName: string): ExecutionStats;
  whenEnded(executionName: string): Promise<ExecutionRecord>;
  /** What the functions' clients ask; served over HTTP, too. */
  readonly client: DurableExecutionClient;
  readonly functionNames: readonly string[];
  /** Leaves every execution as it is on disk, for the next engine on the same directory. */
  close(): Promise<void>;
}

const arnPattern = /:function:([^:/]+):[^:/]+\/durable-execution\/([^/]+)\//;
const namePattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Opens the directory and goes on with every execution that has not ended, each from its stored time. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const executions = await openExecutions(options);
  const crashPoints = options.crashPoints ?? noCrashPoints;
  for (const execution of executions.all()) {
    execution.run();
  }

  return {
    client: executions.client,
    functionNames: Object.keys(options.functions),
    async start(start) {
      checkStart(start, options.functions);
      await crashPoints.reach('engine.start:before');
      const execution = await executions.startOnce(start);
      if (execution.record.payload !== start.payload) {
        const detail = `An execution named ${start.executionName} has been started with another payload.`;
        throw new ServiceError('DurableExecutionAlreadyStartedException', detail);
      }
      await crashPoints.reach('engine.start:after');
      return execution.record;
    },
    describe: (functionName, executionName) => executions.find(functionName, executionName)?.record,
    async stop(functionName, executionName, error) {
      const execution = required(executions.find(functionName, executionName), executionName);
      await execution.end({ status: 'STOPPED', error: error ?? { ErrorMessage: 'Execution stopped by user request' } });
      return execution.record;
    },
    executions: () => executions.all().map(({ record }) => record),
    stats(executionName) {
      const { state, invocations, checkpoints } = byName(executions, executionName).record;
      const durableOperations = state.operations.length - 1 + state.retries;
      return { durableOperations, checkpointedBytes: state.checkpointedBytes, invocations, checkpoints };
    },
    whenEnded: async (executionName) => byName(executions, executionName).ended,
    async close() {
      await Promise.all(executions.all().map((execution) => execution.close()));
    },
  };
}

interface Executions {
  readonly client: DurableExecutionClient;
  all(): readonly Execution[];
  find(functionName: string, executionName: string): Execution | undefined;
  /** The execution of that name: the one that is there, or a new one, on disk and under way. */
  startOnce(start: ExecutionStart): Promise<Execution>;
}

async function openExecutions(options: EngineOptions): Promise<Executions> {
  const { directory } = options;
  const store = typeof directory === 'string' ? createExecutionStore(directory) : directory;
  const clock: Clock = { now: options.now ?? Date.now, schedule: options.schedule ?? scheduleByTimer };
  const byKey = new Map<string, Execution>();
  const starts = new Map<string, Promise<Execution>>();
  const client: DurableExecutionClient = {
    checkpoint: async (request) => byArn(request.DurableExecutionArn).checkpoint(request),
    getExecutionState: async (request) => byArn(request.DurableExecutionArn).readState(request),
  };
  const handlers = new Map(Object.entries(options.functions).map(([name, create]) => [name, create(client)]));

  function adopt(record: ExecutionRecord): Execution {
    const execution = new Execution(record, {
      store,
      handler: handlers.get(record.functionName) ?? missingFunction,
      clock,
      crashPoints: options.crashPoints ?? noCrashPoints,
      log: options.log ?? (() => undefined),
      limits: { ...defaultLimits, ...options.limits },
    });
    byKey.set(keyOf(record.functionName, record.executionName), execution);
    return execution;
  }

  function byArn(arn: string | undefined): Execution {
    const [, functionName = '', executionName = ''] = arnPattern.exec(arn ?? '') ?? [];
    const execution = byKey.get(keyOf(functionName, executionName));
    return required(execution?.record.arn === arn ? execution : undefined, arn);
  }

  async function begin(start: ExecutionStart): Promise<Execution> {
    const arn = arnOf(start.functionName, start.executionName);
    const timeoutSeconds = options.executionTimeoutSeconds ?? 86_400;
    const record = newExecution({ ...start, arn, now: clock.now(), timeoutSeconds });
    await store.save(record);
    const execution = adopt(record);
    execution.run();
    return execution;
  }

  for (const record of await store.load()) {
    adopt(record);
  }
  return {
    client,
    all: () => [...byKey.values()],
    find: (functionName, executionName) => byKey.get(keyOf(functionName, executionName)),
    async startOnce(start) {
      const key = keyOf(start.functionName, start.executionName);
      const existing = byKey.get(key) ?? starts.get(key);
      if (existing !== undefined) {
        return existing;
      }
      const starting = begin(start).finally(() => starts.delete(key));
      starts.set(key, starting);
      return starting;
    },
  };
}

function keyOf(functionName: string, executionName: string): string {
  return `${functionName}/${executionName}`;
}

/** An execution that outlived its function's code: it fails with that, after its retries. */
function missingFunction(): Promise<never> {
  return Promise.reject(new Error('There is no function of this name any more.'));
}

function byName(executions: Executions, executionName: string): Execution {
  return required(
    executions.all().find(({ record }) => record.executionName === executionName),
    executionName,
  );
}

function required(execution: Execution | undefined, name: string | undefined): Execution {
  if (execution === undefined) {
    throw new ServiceError('ResourceNotFoundException', `Durable execution not found: ${name}`);
  }
  return execution;
}

function checkStart(start: ExecutionStart, functions: EngineOptions['functions']): void {
  if (!Object.hasOwn(functions, start.functionName)) {
    throw new ServiceError('ResourceNotFoundException', `Function not found: ${start.functionName}`);
  }
  if (!namePattern.test(start.executionName)) {
    const detail = `1 validation error detected: Value '${start.executionName}' at 'durableExecutionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+ and have length less than or equal to 64`;
    throw new ServiceError('InvalidParameterValueException', detail);
  }
  try {
    JSON.parse(start.payload);
  } catch (error) {
    throw new ServiceError('InvalidRequestContentException', 'Could not parse request body into json.', {
      cause: error,
    });
  }
}

/** Of the form that the SDK can take apart; region and account are those of nobody. */
function arnOf(functionName: string, executionName: string): string {
  return `arn:aws:lambda:eu-west-1:000000000000:function:${functionName}:1/durable-execution/${executionName}/${randomUUID()}`;
}
