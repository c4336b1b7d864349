import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { withDurableExecution, type DurableExecutionHandler } from '@aws/durable-execution-sdk-js';
import { onTestFinished } from 'vitest';

import { createEngine, type Engine, type EngineOptions } from '../../../sandbox/engine/engine.ts';
import type { ExecutionRecord } from '../../../sandbox/engine/execution-record.ts';

/** A clock that moves only when told; it begins at the process's own time, which the SDK's timers go by. */
export interface ManualClock {
  now(): number;
  schedule(delayMilliseconds: number, run: () => void): () => void;
  /** Moves on and calls what became due, in order. */
  advance(milliseconds: number): void;
  /** Resolves with the shortest delay, in milliseconds, as soon as something is scheduled within that many. */
  whenScheduled(withinMilliseconds: number): Promise<number>;
}

interface Alarm {
  readonly time: number;
  readonly run: () => void;
}

export function manualClock(): ManualClock {
  let time = Date.now();
  const alarms = new Set<Alarm>();
  const watchers = new Set<() => void>();

  function add(alarm: Alarm): void {
    alarms.add(alarm);
    for (const watcher of watchers) {
      watcher();
    }
  }

  return {
    now: () => time,
    schedule(delayMilliseconds, run) {
      const alarm = { time: time + delayMilliseconds, run };
      if (delayMilliseconds === 0) {
        const immediate = setImmediate(run);
        return () => clearImmediate(immediate);
      }
      add(alarm);
      return () => alarms.delete(alarm);
    },
    advance(milliseconds) {
      time += milliseconds;
      for (const alarm of [...alarms]
        .filter((candidate) => candidate.time <= time)
        .toSorted((a, b) => a.time - b.time)) {
        alarms.delete(alarm);
        alarm.run();
      }
    },
    whenScheduled(withinMilliseconds) {
      return new Promise((resolve) => {
        function look(): void {
          const first = Math.min(...[...alarms].map((alarm) => alarm.time - time));
          if (first <= withinMilliseconds) {
            watchers.delete(look);
            resolve(first);
          }
        }
        watchers.add(look);
        look();
      });
    },
  };
}

/** Directories are removed and engines closed when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'engine-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** An engine with one function, `job`. */
export async function engineFor<TEvent, TResult>(
  handler: DurableExecutionHandler<TEvent, TResult>,
  options: Partial<EngineOptions> = {},
): Promise<Engine> {
  const engine = await createEngine({
    directory: options.directory ?? (await temporaryDirectory()),
    functions: { job: (durableExecutionClient) => withDurableExecution(handler, { durableExecutionClient }) },
    ...options,
  });
  onTestFinished(() => engine.close());
  return engine;
}

export async function runToEnd(engine: Engine, payload: unknown = {}, executionName = 'one'): Promise<ExecutionRecord> {
  await engine.start({ functionName: 'job', executionName, payload: JSON.stringify(payload) });
  return engine.whenEnded(executionName);
}

/** A promise that a test opens from outside. */
export function gate<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>();
}
