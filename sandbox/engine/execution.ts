import { randomUUID } from 'node:crypto';

import {
  type CheckpointDurableExecutionRequest,
  type CheckpointDurableExecutionResponse,
  type DurableLambdaHandler,
  type GetDurableExecutionStateRequest,
  InvocationStatus,
} from '@aws/durable-execution-sdk-js';

import {
  applyCheckpoint,
  elapseTimers,
  nextTimerAt,
  type OperationsPage,
  pageOfOperations,
} from './checkpoint-state.ts';
import { callAt, type Clock } from './clock.ts';
import { type CrashPoints, crashPointsOf } from './crash-points.ts';
import {
  endExecution,
  type ExecutionEnd,
  type ExecutionRecord,
  storedErrorOf,
  type StoredOperation,
} from './execution-record.ts';
import type { ExecutionLimits } from './execution-limits.ts';
import type { ExecutionStore } from './execution-store.ts';
import { invocationContext } from './invocation-context.ts';
import { ServiceError } from './service-error.ts';

export type EngineLog = (event: string, fields: Readonly<Record<string, unknown>>) => void;

export interface ExecutionDependencies {
  readonly store: ExecutionStore;
  readonly handler: DurableLambdaHandler;
  readonly clock: Clock;
  readonly crashPoints: CrashPoints;
  readonly log: EngineLog;
  readonly limits: ExecutionLimits;
}

interface Invocation {
  /** Replaced with each checkpoint; only the newest is accepted. */
  token: string;
  /** Its last checkpoint was told of a timer that elapsed: it may have been about to suspend, and did not look. */
  hasNews: boolean;
}

type Settled = { readonly output: Awaited<ReturnType<DurableLambdaHandler>> } | { readonly thrown: unknown };

/** One execution's life: invocations one after another, each with its own chain of checkpoint tokens. */
export class Execution {
  #record: ExecutionRecord;
  readonly #dependencies: ExecutionDependencies;
  readonly #ended = Promise.withResolvers<ExecutionRecord>();
  #live: Invocation | undefined;
  #isClosed = false;
  #lastChange: Promise<unknown> = Promise.resolve();
  #cancelDeadline = (): void => undefined;
  #cancelTimer = (): void => undefined;

  constructor(record: ExecutionRecord, dependencies: ExecutionDependencies) {
    this.#record = record;
    this.#dependencies = dependencies;
    if (record.status !== 'RUNNING') {
      this.#ended.resolve(record);
    }
  }

  /** As it is on disk. */
  get record(): ExecutionRecord {
    return this.#record;
  }

  get ended(): Promise<ExecutionRecord> {
    return this.#ended.promise;
  }

  /** Begins the next invocation, now or when it is due; called once. */
  run(): void {
    if (this.#record.status === 'RUNNING') {
      const { clock } = this.#dependencies;
      const timeOut = (): void => this.#inBackground(() => this.#timeOut());
      this.#cancelDeadline = callAt(clock, this.#record.deadlineAt, timeOut);
      this.#wakeAt(this.#record.resumeAt ?? clock.now());
    }
  }

  async checkpoint(request: CheckpointDurableExecutionRequest): Promise<CheckpointDurableExecutionResponse> {
    const points = crashPointsOf(request.Updates ?? []);
    for (const point of points) {
      await this.#dependencies.crashPoints.reach(`${point}:before`);
    }
    const answer = await this.#exclusively(() => this.#takeCheckpoint(request)).catch((error: unknown) => {
      this.#log('checkpoint refused', { error: error instanceof Error ? error.message : String(error) });
      throw error;
    });
    for (const point of points) {
      await this.#dependencies.crashPoints.reach(`${point}:after`);
    }
    return answer;
  }

  readState(request: GetDurableExecutionStateRequest): OperationsPage {
    this.#authorise(request.CheckpointToken);
    const { pageSize } = this.#dependencies.limits;
    const size = Math.min(request.MaxItems ?? pageSize, pageSize);
    return pageOfOperations(this.#record.state, Number(request.Marker ?? 0), size);
  }

  end(end: ExecutionEnd): Promise<void> {
    return this.#exclusively(() => this.#end(end));
  }

  /** No timer fires and no checkpoint is taken any more; the execution stays as it was last written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#cancelDeadline();
    await this.#lastChange;
  }

  /** Changes happen one after another, and what is in memory is what is on disk. */
  #exclusively<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => undefined);
    return result;
  }

  /** Where the disk refuses, the execution goes on later from what was written last. */
  #inBackground(change: () => Promise<void>): void {
    this.#exclusively(change).catch((error: unknown) => {
      this.#log('execution could not be advanced', { error: String(error) });
      if (!this.#isClosed) {
        this.#live = undefined;
        this.#wakeAt(this.#dependencies.clock.now() + this.#dependencies.limits.firstBackoffSeconds * 1000);
      }
    });
  }

  async #replaceRecord(record: ExecutionRecord): Promise<void> {
    await this.#dependencies.store.save(record);
    this.#record = record;
    if (record.status !== 'RUNNING') {
      this.#live = undefined;
      this.#cancelTimer();
      this.#cancelDeadline();
      this.#log('execution ended', { status: record.status, error: record.error?.ErrorMessage });
      this.#ended.resolve(record);
    }
  }

  async #end(end: ExecutionEnd): Promise<void> {
    if (this.#record.status === 'RUNNING') {
      await this.#replaceRecord(endExecution(this.#record, end, this.#dependencies.clock.now()));
    }
  }

  #timeOut(): Promise<void> {
    const seconds = (this.#record.deadlineAt - this.#record.startedAt) / 1000;
    const error = { ErrorMessage: `Execution timed out after ${seconds} seconds.` };
    return this.#end({ status: 'TIMED_OUT', error });
  }

  #wakeAt(time: number): void {
    this.#cancelTimer();
    this.#cancelTimer = callAt(this.#dependencies.clock, time, () => this.#inBackground(() => this.#invoke()));
  }

  async #invoke(): Promise<void> {
    if (this.#isClosed || this.#live !== undefined || this.#record.status !== 'RUNNING') {
      return;
    }
    const { clock, limits } = this.#dependencies;
    const { resumeAt: _, ...record } = this.#record;
    const { state, changed } = elapseTimers(record.state, clock.now());
    await this.#replaceRecord({ ...record, state, invocations: record.invocations + 1 });
    const invocation: Invocation = { token: randomUUID(), hasNews: false };
    this.#live = invocation;
    const deadline = clock.now() + limits.invocationTimeoutSeconds * 1000;
    this.#cancelTimer = callAt(clock, deadline, () => {
      this.#inBackground(() => this.#settle(invocation, { thrown: new Error('The invocation timed out.') }));
    });
    void this.#call(invocation, deadline, changed).then((settled) => {
      this.#inBackground(() => this.#settle(invocation, settled));
    });
  }

  async #call(invocation: Invocation, deadline: number, changed: readonly StoredOperation[]): Promise<Settled> {
    const { clock, handler, limits } = this.#dependencies;
    try {
      const output = await handler(
        {
          DurableExecutionArn: this.#record.arn,
          CheckpointToken: invocation.token,
          InitialExecutionState: pageOfOperations(this.#record.state, 0, limits.pageSize),
          UpdatedOperationIds: changed.map(({ Id }) => Id),
        },
        invocationContext(this.#record, () => deadline - clock.now()),
      );
      return { output };
    } catch (thrown) {
      return { thrown };
    }
  }

  async #settle(invocation: Invocation, settled: Settled): Promise<void> {
    // An invocation that was replaced may still answer; nobody listens.
    if (this.#isClosed || this.#live !== invocation) {
      return;
    }
    this.#cancelTimer();
    this.#live = undefined;
    if ('thrown' in settled) {
      return this.#afterThrow(settled.thrown);
    }
    const { output } = settled;
    switch (output.Status) {
      case InvocationStatus.SUCCEEDED:
        return this.#end({ status: 'SUCCEEDED', result: output.Result });
      case InvocationStatus.FAILED:
        return this.#end({ status: 'FAILED', error: output.Error });
      case InvocationStatus.PENDING:
        return this.#suspend(invocation);
    }
  }

  async #suspend(invocation: Invocation): Promise<void> {
    const now = this.#dependencies.clock.now();
    const { state, changed } = elapseTimers(this.#record.state, now);
    const resumeAt = invocation.hasNews || changed.length > 0 ? now : nextTimerAt(state);
    if (resumeAt === undefined) {
      const ErrorMessage = 'Cannot return PENDING status with no pending operations.';
      return this.#end({ status: 'FAILED', error: { ErrorType: 'InvalidParameterValueException', ErrorMessage } });
    }
    await this.#replaceRecord({ ...this.#record, state, resumeAt, failuresInARow: 0 });
    this.#wakeAt(resumeAt);
  }

  async #afterThrow(thrown: unknown): Promise<void> {
    const { clock, limits } = this.#dependencies;
    const failuresInARow = this.#record.failuresInARow + 1;
    const error = storedErrorOf(thrown);
    this.#log('invocation failed', { failuresInARow, error: error.ErrorMessage });
    if (failuresInARow >= limits.failedInvocations) {
      return this.#end({ status: 'FAILED', error });
    }
    const backoff = Math.min(limits.firstBackoffSeconds * 2 ** (failuresInARow - 1), limits.longestBackoffSeconds);
    const resumeAt = clock.now() + backoff * 1000;
    await this.#replaceRecord({ ...this.#record, resumeAt, failuresInARow });
    this.#wakeAt(resumeAt);
  }

  #authorise(token: string | undefined): Invocation {
    if (this.#isClosed) {
      throw new ServiceError('ServiceException', 'The engine is closed.');
    }
    if (this.#live === undefined || token !== this.#live.token) {
      throw new ServiceError('InvalidParameterValueException', 'Invalid checkpoint token');
    }
    return this.#live;
  }

  async #takeCheckpoint(request: CheckpointDurableExecutionRequest): Promise<CheckpointDurableExecutionResponse> {
    const invocation = this.#authorise(request.CheckpointToken);
    const now = this.#dependencies.clock.now();
    const timers = elapseTimers(this.#record.state, now);
    const updates = request.Updates ?? [];
    const outcome = applyCheckpoint(timers.state, updates, now);
    if (outcome.kind === 'refused') {
      throw new ServiceError('InvalidParameterValueException', outcome.detail);
    }
    const { state } = outcome;
    if (updates.length > 0 || timers.changed.length > 0) {
      const isProgress = updates.some(({ Action }) => Action === 'SUCCEED');
      const failuresInARow = isProgress ? 0 : this.#record.failuresInARow;
      const next = { ...this.#record, state, checkpoints: this.#record.checkpoints + 1, failuresInARow };
      await this.#replaceRecord(state.outcome === undefined ? next : endExecution(next, state.outcome, now));
    }
    invocation.hasNews = timers.changed.length > 0;
    invocation.token = randomUUID();
    const touched = new Set([...timers.changed, ...outcome.changed].map(({ Id }) => Id));
    const Operations = state.operations.filter(({ Id }) => touched.has(Id));
    return { CheckpointToken: invocation.token, NewExecutionState: { Operations } };
  }

  #log(event: string, fields: Readonly<Record<string, unknown>>): void {
    const { functionName, executionName } = this.#record;
    this.#dependencies.log(event, { functionName, executionName, ...fields });
  }
}
