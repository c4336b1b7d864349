/** The workflow as its engine runs it: each step an attempt of its own, given up after a while, and tried again. */
import type { DurableContext } from '@aws/durable-execution-sdk-js';
import type { EcrDependencies } from '../../../src/ecr-access/ecr-job.ts';
import { createEcrSteps, type EcrSteps } from '../../../src/ecr-access/write-ecr-policies.steps.ts';
import { writeEcrPolicies } from '../../../src/ecr-access/write-ecr-policies.workflow.ts';
import { OutsideCallError } from '../../../src/errors.ts';
import { type Attempt, newAttempt } from './attempt.ts';
import type { VirtualSchedule } from './virtual-schedule.ts';

/** As a step's own limit, which counts in the machine's time. */
const attemptLimitMs = 60_000;

export interface Executions {
  start(operationId: string): void;
  /** The execution of that operation has come to its end. */
  whenEnded(operationId: string): Promise<void>;
  /** All that were started have come to their ends. */
  ended(): Promise<void>;
  /** Nothing that was given up is still at work. */
  quiet(): Promise<void>;
}

export interface ExecutionWorld {
  readonly schedule: Pick<VirtualSchedule, 'wait'>;
  readonly unexpected: unknown[];
  /** The product as an attempt at a step sees it. */
  dependenciesOf(attempt: Attempt): EcrDependencies;
}

export function createExecutions(world: ExecutionWorld): Executions {
  const running = new Map<string, Promise<void>>();
  const attempts: Promise<unknown>[] = [];
  return {
    start(operationId) {
      const steps = attemptedSteps(world, (attempt) => void attempts.push(attempt));
      const execution = writeEcrPolicies(contextOf(world), steps, operationId);
      running.set(
        operationId,
        execution.catch((error: unknown) => void world.unexpected.push(error)),
      );
    },
    async whenEnded(operationId) {
      await running.get(operationId);
    },
    async ended() {
      for (let count = -1; count !== running.size; await Promise.all(running.values())) count = running.size;
    },
    async quiet() {
      await Promise.allSettled(attempts);
    },
  };
}

function attemptedSteps(world: ExecutionWorld, note: (attempt: Promise<unknown>) => void): EcrSteps {
  async function attempted<T>(operationId: string, body: (steps: EcrSteps) => Promise<T>): Promise<T> {
    const attempt = newAttempt(operationId);
    const work = body(createEcrSteps(world.dependenciesOf(attempt)));
    note(work);
    const limit = world.schedule.wait(attemptLimitMs).then(() => 'overdue' as const);
    const first = await Promise.race([work.then((value) => ({ value })), limit]);
    if (first !== 'overdue') return first.value;
    attempt.isGivenUp = true;
    throw new OutsideCallError({ system: 'workflow-engine', failure: 'timeout', attempted: 'finish in time' });
  }
  return {
    begin: (id) => attempted(id, (steps) => steps.begin(id)),
    preflight: (one) => attempted(one.operationId, (steps) => steps.preflight(one)),
    writePolicies: (one) => attempted(one.operationId, (steps) => steps.writePolicies(one)),
    record: (one) => attempted(one.operationId, (steps) => steps.record(one)),
    end: (id, ending) => attempted(id, (steps) => steps.end(id, ending)),
  };
}

interface Again {
  readonly shouldContinue: boolean;
  readonly delay?: { readonly seconds?: number };
}

interface StepOptions {
  readonly retryStrategy: (error: Error, attempt: number) => Pick<Again, 'delay'> & { readonly shouldRetry: boolean };
}

interface WaitOptions<T> {
  readonly initialState: T;
  readonly waitStrategy: (state: T) => Again;
}

/** What the workflow uses of the engine. */
function contextOf({ schedule }: Pick<ExecutionWorld, 'schedule'>): DurableContext {
  const rest = (delay: Again['delay']) => schedule.wait((delay?.seconds ?? 1) * 1000);
  async function step<T>(_name: string, body: (of: { attempt: number }) => Promise<T>, options: StepOptions) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await body({ attempt });
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const { shouldRetry, delay } = options.retryStrategy(error, attempt);
        if (!shouldRetry) throw error;
        await rest(delay);
      }
    }
  }
  async function waitForCondition<T>(_name: string, check: (state: T) => Promise<T>, options: WaitOptions<T>) {
    let state = await check(options.initialState);
    for (;;) {
      const { shouldContinue, delay } = options.waitStrategy(state);
      if (!shouldContinue) return state;
      await rest(delay);
      state = await check(state);
    }
  }
  const context: object = { step, waitForCondition };
  return context as DurableContext;
}
